package io.millrace.liveingest.live;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.av1.Av1Config;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.dolby.Ac3Config;
import io.millrace.delivery.codec.dolby.Eac3Config;
import io.millrace.delivery.codec.flac.FlacConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.codec.vp9.Vp9Config;
import io.millrace.delivery.codec.vp9.Vp9FrameHeader;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.SampleEntries;
import io.millrace.delivery.media.TrackKind;
import io.millrace.delivery.packaging.InitSegmentWriter;
import io.millrace.delivery.packaging.InitTrack;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;

import java.util.List;

/// One track as it is packaged.
///
/// @param timescale ticks per second: 90000 for video, the sample rate for audio, so that audio
///   frames have whole lengths
/// @param frames how long an audio frame is
public record LiveTrack(
        TrackKind kind,
        int trackId,
        int timescale,
        AudioFrames frames,
        CodecConfig codec,
        byte[] sampleEntry) {
    static final int VIDEO_ID = 1;
    static final int AUDIO_ID = 2;
    private static final int VIDEO_TIMESCALE = 90_000;

    /// Whether {@link #of} takes tracks of a codec.
    public static boolean isPackaged(FlvCodec codec) {
        return switch (codec) {
            case AVC, HEVC, AV1, VP9, AAC, OPUS, MP3, FLAC, AC3, EAC3 -> true;
            case VP8, VVC -> false;
        };
    }

    /// @throws MediaException when the configuration cannot be read or its codec not be packaged
    public static LiveTrack of(Configured configured) throws MediaException {
        byte[] config = configured.config();
        return switch (configured.codec()) {
            case AVC -> {
                AvcConfig avc = AvcConfig.parse(config);
                yield video(configured, avc, "avc1", "avcC", config);
            }
            case HEVC -> {
                HevcConfig hevc = HevcConfig.parse("hvc1", config);
                yield video(configured, hevc, "hvc1", "hvcC", config);
            }
            case AV1 -> {
                Av1Config av1 = Av1Config.parse(config);
                yield video(configured, av1, "av01", "av1C", config);
            }
            case AAC -> {
                AacConfig aac = AacConfig.parse(config);
                if (aac.coreSampleRate() < 1000 || aac.channels() == 0) {
                    throw new UnsupportedMediaException(
                            "AAC at "
                                    + aac.coreSampleRate()
                                    + " Hz, "
                                    + aac.channels()
                                    + " channels");
                }
                yield audio(
                        aac,
                        aac.coreSampleRate(),
                        AudioFrames.constant(aac.frameLength()),
                        SampleEntries.aac(aac));
            }
            case OPUS -> {
                byte[] box = OpusHeads.specificBox(config);
                OpusConfig opus = OpusConfig.parse(box);
                yield audio(
                        opus,
                        opus.sampleRate(),
                        AudioFrames.OPUS,
                        SampleEntries.audio("Opus", opus, "dOps", box));
            }
            case MP3 -> {
                AudioHeaders.Mp3 mp3 = AudioHeaders.mp3(config);
                yield audio(
                        mp3.config(),
                        mp3.config().sampleRate(),
                        AudioFrames.constant(mp3.frameLength()),
                        SampleEntries.mp3(mp3.config()));
            }
            case AC3 -> {
                AudioHeaders.Dolby dolby = AudioHeaders.ac3(config);
                var ac3 = Ac3Config.parse(dolby.box(), dolby.sampleRate());
                yield dolby("ac-3", ac3, "dac3", dolby);
            }
            case EAC3 -> {
                AudioHeaders.Dolby dolby = AudioHeaders.eac3(config);
                var eac3 = Eac3Config.parse(dolby.box(), dolby.sampleRate());
                yield dolby("ec-3", eac3, "dec3", dolby);
            }
            case FLAC -> {
                byte[] box = AudioHeaders.flac(config);
                FlacConfig flac = FlacConfig.parse(box);
                yield audio(
                        flac,
                        flac.sampleRate(),
                        AudioFrames.FLAC,
                        SampleEntries.audio("fLaC", flac, "dfLa", box));
            }
            case VP9, VP8, VVC ->
                    throw new UnsupportedMediaException(
                            "only players of RTMP and HTTP-FLV get this codec");
        };
    }

    /// VP9, whose configuration does not say how large its pictures are.
    ///
    /// @param configured its `VPCodecConfigurationRecord`, with or without the full box's version
    ///   and flags; may be empty
    static LiveTrack vp9(Configured configured, Vp9FrameHeader header) throws MediaException {
        byte[] config = configured.config();
        byte[] box = new byte[12];
        box[0] = 1;
        boolean full = config.length >= 12 && config[0] == 1 && config[1] == 0 && config[2] == 0;
        if (full || config.length >= 8) {
            System.arraycopy(config, full ? 4 : 0, box, 4, 6);
        } else {
            box[4] = (byte) header.profile();
            box[5] = 10;
            box[6] = (byte) (header.bitDepth() << 4 | header.chroma() << 1);
            box[7] = box[8] = box[9] = 2; // colours not said
        }
        Vp9Config vp9 = Vp9Config.parse(box).withSize(header.width(), header.height());
        return video(configured, vp9, "vp09", "vpcC", box);
    }

    private static LiveTrack dolby(
            String type, AudioConfig config, String boxName, AudioHeaders.Dolby dolby) {
        return audio(
                config,
                dolby.sampleRate(),
                AudioFrames.constant(dolby.frameLength()),
                SampleEntries.audio(type, config, boxName, dolby.box()));
    }

    /// @param own what the bit stream says of itself; the publisher's word on colours wins over it
    private static LiveTrack video(
            Configured configured, VideoConfig own, String entry, String box, byte[] body) {
        VideoColorInfo said = configured.color();
        VideoConfig config = said == null ? own : own.withColor(said.color().over(own.color()));
        HdrLight light = said == null ? HdrLight.NONE : said.light();
        return new LiveTrack(
                TrackKind.VIDEO,
                VIDEO_ID,
                VIDEO_TIMESCALE,
                AudioFrames.NONE,
                config,
                SampleEntries.video(entry, config, box, body, light));
    }

    private static LiveTrack audio(
            AudioConfig config, int timescale, AudioFrames frames, byte[] sampleEntry) {
        return new LiveTrack(TrackKind.AUDIO, AUDIO_ID, timescale, frames, config, sampleEntry);
    }

    public boolean isVideo() {
        return kind == TrackKind.VIDEO;
    }

    /// Length of an audio frame; 0 for video, whose frames last until the next.
    int frameTicks(ByteBuf frame) {
        return frames.ticks(frame);
    }

    /// The init segment of these tracks: one for CMAF, all of a source for its recording.
    public static byte[] init(List<LiveTrack> tracks) {
        return InitSegmentWriter.write(tracks.stream().map(LiveTrack::initTrack).toList());
    }

    private InitTrack initTrack() {
        int width = codec instanceof VideoConfig video ? video.width() : 0;
        int height = codec instanceof VideoConfig video ? video.height() : 0;
        return new InitTrack(trackId, kind, timescale, "und", width, height, sampleEntry, 0);
    }
}
