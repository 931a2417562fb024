package io.millrace.delivery.thumbnail;

import org.jspecify.annotations.Nullable;

/// What a picture is written as.
public enum PictureFormat {
    JPEG("jpg", "image/jpeg"),
    WEBP("webp", "image/webp");

    private final String extension;
    private final String contentType;

    PictureFormat(String extension, String contentType) {
        this.extension = extension;
        this.contentType = contentType;
    }

    /// Without the dot.
    public String extension() {
        return extension;
    }

    public String contentType() {
        return contentType;
    }

    static @Nullable PictureFormat of(String extension) {
        return switch (extension) {
            case "jpg", "jpeg" -> JPEG;
            case "webp" -> WEBP;
            default -> null;
        };
    }
}
