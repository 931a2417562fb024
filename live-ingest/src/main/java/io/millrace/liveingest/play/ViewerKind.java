package io.millrace.liveingest.play;

/// How a viewer watches.
public enum ViewerKind {
    RTMP("rtmp"),
    HTTP_FLV("http-flv");

    private final String text;

    ViewerKind(String text) {
        this.text = text;
    }

    /// For metrics and for people.
    public String text() {
        return text;
    }
}
