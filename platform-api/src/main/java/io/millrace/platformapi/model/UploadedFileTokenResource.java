package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// The bytes of an upload.
public class UploadedFileTokenResource extends DataCenterContentResource {
    public @Nullable String token;
}
