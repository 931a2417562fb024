package io.millrace.platformapi.model;

/// How far a media server is with a live entry.
public final class ServerNodeStatus {
    public static final int ERROR = -1;
    public static final int STOPPED = 0;
    public static final int PLAYABLE = 1;
    public static final int BROADCASTING = 2;
    public static final int AUTHENTICATED = 3;
    public static final int MARKED_FOR_DELETION = 4;

    private ServerNodeStatus() {}
}
