package io.millrace.liveingest.play;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;

/// What onMetaData tells a viewer, made from the tracks: what the publisher said of itself is often
/// wrong, and a change in mid stream is never told by it.
final class StreamMetadata {
    private StreamMetadata() {}

    static AmfObject of(StreamTracks tracks) {
        var values = new LinkedHashMap<String, AmfValue>();
        values.put("server", AmfValue.of("Millrace"));
        values.put("hasVideo", AmfValue.of(tracks.video() != null));
        values.put("hasAudio", AmfValue.of(tracks.audio() != null));
        Configured video = tracks.video();
        if (video != null) {
            values.put("videocodecid", AmfValue.of(id(video.codec())));
            video(video, values);
        }
        Configured audio = tracks.audio();
        if (audio != null) {
            values.put("audiocodecid", AmfValue.of(id(audio.codec())));
            audio(audio, values);
        }
        return new AmfObject(values, true);
    }

    /// The number of FLV where there is one, else the FourCC as a number (Enhanced RTMP v1).
    private static double id(FlvCodec codec) {
        return switch (codec) {
            case AVC -> 7;
            case AAC -> 10;
            case MP3 -> 2;
            default -> codec.number();
        };
    }

    private static void video(Configured track, Map<String, AmfValue> values) {
        byte[] config = track.config();
        VideoConfig read;
        try {
            read =
                    switch (track.codec()) {
                        case AVC -> AvcConfig.parse(config);
                        case HEVC -> HevcConfig.parse("hvc1", config);
                        case AV1 -> Av1Config.parse(config);
                        default -> null;
                    };
        } catch (MediaException _) {
            return; // a hint: players read the configuration themselves
        }
        if (read != null) {
            values.put("width", AmfValue.of(read.width()));
            values.put("height", AmfValue.of(read.height()));
        }
    }

    private static void audio(Configured track, Map<String, AmfValue> values) {
        @Nullable AudioConfig read;
        try {
            read = track.codec() == FlvCodec.AAC ? AacConfig.parse(track.config()) : null;
        } catch (MediaException _) {
            return;
        }
        if (read != null) {
            values.put("audiosamplerate", AmfValue.of(read.sampleRate()));
            values.put("audiochannels", AmfValue.of(read.channels()));
            values.put("stereo", AmfValue.of(read.channels() == 2));
        }
    }
}
