package io.millrace.mediaserver.lifecycle;

/// Which paths begin something that will ask for more: a player's first playlist, an upload. Under
/// load they are refused before what is being watched is.
public final class SessionStarts {
    private SessionStarts() {}

    /// @param path decoded
    public static boolean test(String path) {
        int slash = path.lastIndexOf('/') + 1;
        return (path.startsWith("master", slash) && path.endsWith(".m3u8"))
                || path.endsWith(".mpd")
                || path.contains("/playManifest/")
                || path.contains("/service/uploadtoken/action/add")
                || path.contains("/service/uploadToken/action/add");
    }
}
