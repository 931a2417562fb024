package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfArray;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What Enhanced RTMP (v1, v2) lets both sides say of themselves in `connect` and its answer.
///
/// | property | holds |
/// |---|---|
/// | fourCcList | v1: the FourCCs, or "*" |
/// | videoFourCcInfoMap, audioFourCcInfoMap | v2: FourCC or "*" to 1 decodes, 2 encodes, 4 forwards |
/// | capsEx | v2: 1 reconnects, 2 multitrack, 4 ModEx, 8 nanosecond offsets |
///
/// @param flags `capsEx`
/// @param decodesVideo what a client can decode, by FourCC or "*"; null when it did not say
/// @param decodesAudio the same
record EnhancedCapabilities(
        int flags, @Nullable List<String> decodesVideo, @Nullable List<String> decodesAudio) {
    static final EnhancedCapabilities NONE = new EnhancedCapabilities(0, null, null);
    private static final int RECONNECT = 1;
    private static final int MULTITRACK = 2;
    private static final int MODIFIERS = 4;
    private static final int CAN_DECODE = 1;
    private static final int CAN_FORWARD = 4;
    private static final int MAX_CODECS = 64;

    EnhancedCapabilities {
        decodesVideo = decodesVideo == null ? null : List.copyOf(decodesVideo);
        decodesAudio = decodesAudio == null ? null : List.copyOf(decodesAudio);
    }

    /// A map of version 2 counts more than the list of version 1.
    static EnhancedCapabilities read(AmfObject connect) {
        List<String> listed = list(connect.get("fourCcList"));
        List<String> video = map(connect.get("videoFourCcInfoMap"));
        List<String> audio = map(connect.get("audioFourCcInfoMap"));
        return new EnhancedCapabilities(
                (int) connect.number("capsEx", 0),
                video == null ? listed : video,
                audio == null ? listed : audio);
    }

    private static @Nullable List<String> list(@Nullable AmfValue value) {
        if (!(value instanceof AmfArray(List<AmfValue> values))) {
            return null;
        }
        List<String> codecs = new ArrayList<>();
        for (AmfValue codec : values) {
            if (codec instanceof AmfString(String fourCc) && codecs.size() < MAX_CODECS) {
                codecs.add(fourCc);
            }
        }
        return codecs;
    }

    private static @Nullable List<String> map(@Nullable AmfValue value) {
        if (!(value instanceof AmfObject codecs)) {
            return null;
        }
        List<String> decodes = new ArrayList<>();
        codecs.properties()
                .forEach(
                        (fourCc, can) -> {
                            if (can instanceof AmfNumber(double bits)
                                    && ((int) bits & CAN_DECODE) != 0
                                    && decodes.size() < MAX_CODECS) {
                                decodes.add(fourCc);
                            }
                        });
        return decodes;
    }

    /// Whether the client understands a request to reconnect.
    boolean reconnects() {
        return (flags & RECONNECT) != 0;
    }

    /// Whether a player has said that it cannot decode this. Who says nothing is given the benefit
    /// of the doubt, and everybody knows the legacy codecs.
    boolean deniesDecoding(FlvCodec codec) {
        List<String> decodes = codec.isVideo() ? decodesVideo : decodesAudio;
        return switch (codec) {
            case AVC, AAC, MP3 -> false;
            default ->
                    decodes != null && !decodes.contains("*") && !decodes.contains(codec.fourCc());
        };
    }

    /// Whether a player has said that it decodes this in the form of Enhanced RTMP.
    boolean saysToDecode(FlvCodec codec) {
        List<String> decodes = codec.isVideo() ? decodesVideo : decodesAudio;
        return decodes != null && (decodes.contains("*") || decodes.contains(codec.fourCc()));
    }

    /// Adds what we can do to the answer: every codec known here is passed on, none decoded.
    static void addOurs(Map<String, AmfValue> answer) {
        List<AmfValue> all = new ArrayList<>();
        var video = new LinkedHashMap<String, AmfValue>();
        var audio = new LinkedHashMap<String, AmfValue>();
        for (FlvCodec codec : FlvCodec.values()) {
            all.add(AmfValue.of(codec.fourCc()));
            (codec.isVideo() ? video : audio).put(codec.fourCc(), AmfValue.of(CAN_FORWARD));
        }
        answer.put("fourCcList", new AmfArray(all));
        answer.put("videoFourCcInfoMap", new AmfObject(video));
        answer.put("audioFourCcInfoMap", new AmfObject(audio));
        answer.put("capsEx", AmfValue.of(RECONNECT | MULTITRACK | MODIFIERS));
    }
}
