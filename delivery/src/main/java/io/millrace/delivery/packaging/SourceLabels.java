package io.millrace.delivery.packaging;

/// What a URL or a mapping says of a file's audio and text, over what the file says.
///
/// @param language ISO 639-2/T or BCP 47; empty when not said
/// @param label for people; empty when not said
/// @param isDefault whether a player without a wish takes it
public record SourceLabels(String language, String label, boolean isDefault) {
    public static final SourceLabels NONE = new SourceLabels("", "", false);
}
