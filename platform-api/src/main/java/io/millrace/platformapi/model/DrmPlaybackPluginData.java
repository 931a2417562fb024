package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// How to get a licence for a protected source.
public class DrmPlaybackPluginData extends ApiObject {
    @ReadOnly public @Nullable String scheme;
    @ReadOnly public @Nullable String licenseURL;
}
