package io.millrace.liveingest.live;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.SampleEntries;
import io.millrace.delivery.media.TrackKind;
import io.millrace.delivery.packaging.InitTrack;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.StreamTracks.Configured;

import java.util.Set;

/// One track as it is packaged.
///
/// @param timescale ticks per second: 90000 for video, the sample rate for audio, so that audio
///   frames have whole lengths
/// @param frameTicks length of an audio frame; 0 for video, whose frames last until the next
public record LiveTrack(
        TrackKind kind,
        int trackId,
        int timescale,
        int frameTicks,
        CodecConfig codec,
        byte[] sampleEntry) {
    /// What can be packaged today.
    public static final Set<FlvCodec> SUPPORTED = Set.of(FlvCodec.AVC, FlvCodec.AAC);

    static final int VIDEO_ID = 1;
    static final int AUDIO_ID = 2;
    private static final int VIDEO_TIMESCALE = 90_000;

    /// @throws MediaException when the configuration cannot be read or its codec not be packaged
    static LiveTrack of(Configured configured) throws MediaException {
        return switch (configured.codec()) {
            case AVC -> {
                AvcConfig avc = AvcConfig.parse(configured.config());
                yield new LiveTrack(
                        TrackKind.VIDEO, VIDEO_ID, VIDEO_TIMESCALE, 0, avc, SampleEntries.avc(avc));
            }
            case AAC -> {
                AacConfig aac = AacConfig.parse(configured.config());
                if (aac.coreSampleRate() < 1000 || aac.channels() == 0) {
                    throw new UnsupportedMediaException(
                            "AAC at "
                                    + aac.coreSampleRate()
                                    + " Hz, "
                                    + aac.channels()
                                    + " channels");
                }
                yield new LiveTrack(
                        TrackKind.AUDIO,
                        AUDIO_ID,
                        aac.coreSampleRate(),
                        aac.frameLength(),
                        aac,
                        SampleEntries.aac(aac));
            }
            default -> throw new UnsupportedMediaException(configured.codec() + " is not packaged");
        };
    }

    boolean isVideo() {
        return kind == TrackKind.VIDEO;
    }

    InitTrack initTrack() {
        int width = codec instanceof VideoConfig video ? video.width() : 0;
        int height = codec instanceof VideoConfig video ? video.height() : 0;
        return new InitTrack(trackId, kind, timescale, "und", width, height, sampleEntry, 0);
    }
}
