package io.millrace.liveingest.flv;

import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfBoolean;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What onMetaData says of a stream's tracks. A hint: everything else of it, the sizes and rates,
/// is told better by the codecs' own configurations.
public record FlvMetadata(boolean hasVideo, boolean hasAudio) {

    /// @param values of a script tag or message; null for what is no onMetaData, with or without
    ///   `@setDataFrame` before it.
    public static @Nullable FlvMetadata read(List<AmfValue> values) {
        int at =
                !values.isEmpty()
                                && values.getFirst() instanceof AmfString(String name)
                                && name.equals("@setDataFrame")
                        ? 1
                        : 0;
        if (values.size() <= at + 1
                || !(values.get(at) instanceof AmfString(String event))
                || !event.equals("onMetaData")
                || !(values.get(at + 1) instanceof AmfObject metadata)) {
            return null;
        }
        return new FlvMetadata(
                says(metadata, "Video", "videocodecid"), says(metadata, "Audio", "audiocodecid"));
    }

    private static boolean says(AmfObject metadata, String kind, String codecId) {
        return switch (metadata.get("has" + kind)) {
            case AmfBoolean(boolean has) -> has;
            case null, default ->
                    switch (metadata.get(codecId)) {
                        case AmfNumber(double id) -> id != 0;
                        case AmfString(String id) -> !id.isEmpty();
                        case null, default -> false;
                    };
        };
    }
}
