package io.millrace.liveingest.ladder;

import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.storage.process.FfmpegPrograms;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What ffmpeg is told. All that varies is an integer, or a name of a list.
///
/// Frames keep the times that they are shown at. They come out without reordering, and are given
/// decode times that are as much earlier as the source's key frames are decoded before they are
/// shown; so key frames lie at the same decode times as the source's, and segments are cut at the
/// same places.
final class LadderCommand {
    private static final int THREADS = 2;

    /// Key frames are the source's; x264 wants some bound.
    private static final int MOST_FRAMES_WITHOUT_KEY = 1500;

    private LadderCommand() {}

    /// ffmpeg's decoder of what FLV can carry to it; null when there is none.
    static @Nullable String decoder(FlvCodec codec) {
        return switch (codec) {
            case AVC -> "h264";
            case HEVC -> "hevc";
            case AV1 -> "libaom-av1";
            case VP9 -> "vp9";
            default -> null;
        };
    }

    /// @param decoder of {@link #decoder}
    /// @param compositionMs of the source's key frames
    static List<String> of(
            FfmpegPrograms programs, String decoder, List<LadderRung> rungs, int compositionMs) {
        List<String> command = new ArrayList<>();
        command.add(programs.ffmpeg().toString());
        add(command, "-hide_banner -nostdin -nostats -loglevel error");
        add(command, "-protocol_whitelist pipe -format_whitelist flv -codec_whitelist " + decoder);
        add(command, "-max_alloc 536870912 -analyzeduration 100000 -fpsprobesize 0");
        add(command, "-threads " + THREADS + " -c:v " + decoder + " -f flv -i pipe:0");
        add(command, "-filter_complex_threads 1 -filter_complex");
        command.add(filter(rungs));
        String encoder = programs.encoders().getFirst();
        for (int i = 0; i < rungs.size(); i++) {
            long rate = rungs.get(i).bitsPerSecond();
            add(command, "-map [o" + i + "] -b:v:" + i + " " + rate);
            add(
                    command,
                    "-maxrate:v:" + i + " " + rate * 11 / 10 + " -bufsize:v:" + i + " " + rate);
        }
        add(command, "-c:v " + encoder + " -threads:v " + THREADS);
        if (encoder.equals("libx264")) {
            add(command, "-preset veryfast -tune zerolatency -forced-idr 1 -sc_threshold 0 -bf 0");
        }
        add(command, "-g " + MOST_FRAMES_WITHOUT_KEY + " -force_key_frames source");
        add(command, "-fps_mode passthrough -enc_time_base 1:1000");
        add(command, "-copyts -avoid_negative_ts disabled");
        add(command, "-bsf:v setts=dts=DTS-" + Math.max(0, compositionMs) + "/TB/1000");
        add(command, "-f flv -flvflags no_duration_filesize -flush_packets 1 pipe:1");
        return command;
    }

    private static String filter(List<LadderRung> rungs) {
        var filter = new StringBuilder("[0:v:0]split=").append(rungs.size());
        for (int i = 0; i < rungs.size(); i++) {
            filter.append("[s").append(i).append(']');
        }
        for (int i = 0; i < rungs.size(); i++) {
            filter.append(";[s").append(i).append("]scale=w=-2:h='trunc(min(");
            filter.append(rungs.get(i).height()).append("\\,ih)/2)*2',format=yuv420p[o");
            filter.append(i).append(']');
        }
        return filter.toString();
    }

    private static void add(List<String> command, String words) {
        command.addAll(List.of(words.split(" ")));
    }
}
