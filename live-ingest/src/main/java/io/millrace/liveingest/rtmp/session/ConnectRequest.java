package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;

/// What a client said of itself in `connect`.
///
/// @param tcUrl as the client sent it: it may hold the key
/// @param app the same
record ConnectRequest(String tcUrl, String app, String program, EnhancedCapabilities capabilities) {

    static ConnectRequest read(Command connect) {
        AmfObject wish = connect.object(0);
        return wish == null
                ? new ConnectRequest("", "", "", EnhancedCapabilities.NONE)
                : new ConnectRequest(
                        wish.string("tcUrl"),
                        wish.string("app"),
                        wish.string("flashVer"),
                        EnhancedCapabilities.read(wish));
    }
}
