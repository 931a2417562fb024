package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A file to fetch.
public class UrlResource extends ContentResource {
    public @Nullable String url;
    public @Nullable Boolean forceAsyncDownload;
}
