package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// An object of the shared store, by its key; internal partners only.
public class ServerFileResource extends DataCenterContentResource {
    public @Nullable String localFilePath;
    public @Nullable Boolean keepOriginalFile;
}
