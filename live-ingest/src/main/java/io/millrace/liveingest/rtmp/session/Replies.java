package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;

import java.util.LinkedHashMap;
import java.util.List;

/// The commands that a server answers with (RTMP 1.0 §7.2).
final class Replies {
    private Replies() {}

    static Command connected(double transactionId) {
        var properties = new LinkedHashMap<String, AmfValue>();
        properties.put("fmsVer", AmfValue.of("FMS/3,0,1,123"));
        properties.put("capabilities", AmfValue.of(31));
        var information = new LinkedHashMap<String, AmfValue>();
        information.put("level", AmfValue.of("status"));
        information.put("code", AmfValue.of("NetConnection.Connect.Success"));
        information.put("description", AmfValue.of("Connection succeeded."));
        information.put("objectEncoding", AmfValue.of(0));
        EnhancedCapabilities.addOurs(information);
        return new Command(
                0,
                "_result",
                transactionId,
                List.of(new AmfObject(properties), new AmfObject(information)));
    }

    static Command result(double transactionId, AmfValue value) {
        return new Command(0, "_result", transactionId, List.of(AmfValue.Nothing.NULL, value));
    }

    static Command emptyResult(double transactionId) {
        return new Command(0, "_result", transactionId, List.of(AmfValue.Nothing.NULL));
    }

    /// @param level "status" or "error"
    static Command status(int messageStreamId, String level, String code, String description) {
        return notice(messageStreamId, "onStatus", level, code, description);
    }

    /// Some phones wait for it before they publish.
    static Command onFcPublish() {
        return notice(0, "onFCPublish", "status", "NetStream.Publish.Start", "");
    }

    /// Whether scripts of the player may look at samples: old Flash players wait for it.
    static ScriptData sampleAccess(int messageStreamId) {
        return new ScriptData(
                messageStreamId,
                0,
                List.of(AmfValue.of("|RtmpSampleAccess"), AmfValue.of(true), AmfValue.of(true)));
    }

    /// Enhanced RTMP v2: connect again, wherever the name leads then.
    static Command reconnectRequest() {
        return status(
                0, "status", "NetConnection.Connect.ReconnectRequest", "The server is going down.");
    }

    private static Command notice(
            int messageStreamId, String name, String level, String code, String description) {
        var fields = new LinkedHashMap<String, AmfValue>();
        fields.put("level", AmfValue.of(level));
        fields.put("code", AmfValue.of(code));
        fields.put("description", AmfValue.of(description));
        return new Command(
                messageStreamId, name, 0, List.of(AmfValue.Nothing.NULL, new AmfObject(fields)));
    }
}
