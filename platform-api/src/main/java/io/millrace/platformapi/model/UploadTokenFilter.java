package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which uploads.
public class UploadTokenFilter extends Filter {
    public @Nullable String idEqual;
    public @Nullable String idIn;
    public @Nullable String userIdEqual;
    public @Nullable Integer statusEqual;
    public @Nullable String statusIn;
    public @Nullable String fileNameEqual;
    public @Nullable Double fileSizeEqual;
}
