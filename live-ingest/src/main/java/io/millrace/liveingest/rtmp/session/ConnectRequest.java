package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;

/// What a client said of itself in `connect`.
///
/// @param tcUrl as the client sent it: it may hold the key
/// @param app the same
/// @param capabilities Enhanced RTMP's `capsEx`
record ConnectRequest(String tcUrl, String app, int capabilities) {
    private static final int RECONNECT = 1;

    static ConnectRequest read(Command connect) {
        AmfObject wish = connect.object(0);
        return wish == null
                ? new ConnectRequest("", "", 0)
                : new ConnectRequest(
                        wish.string("tcUrl"), wish.string("app"), (int) wish.number("capsEx", 0));
    }

    /// Whether the client understands a request to reconnect.
    boolean reconnects() {
        return (capabilities & RECONNECT) != 0;
    }
}
