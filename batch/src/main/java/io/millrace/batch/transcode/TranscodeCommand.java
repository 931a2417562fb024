package io.millrace.batch.transcode;

import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The argument array of one conversion. Stateless.
///
/// Every frame of the source becomes one frame of the rendition at the same time: no frame is
/// doubled or dropped to reach a constant rate (`-fps_mode passthrough`), and the source's time
/// base is kept. Key frames are forced at the first frame at or after each multiple of the interval
/// and stand nowhere else, so they fall on the same frames in all renditions.
final class TranscodeCommand {
    private TranscodeCommand() {}

    static List<String> of(
            Path ffmpeg,
            Path source,
            MediaReport report,
            Rendition rendition,
            VideoEncoder encoder,
            TranscodeSettings settings,
            Path output) {
        List<String> command = new ArrayList<>();
        command.add(ffmpeg.toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-y", "-loglevel", "warning"));
        command.addAll(List.of("-progress", "pipe:1", "-stats_period", "0.5"));
        command.addAll(List.of("-threads", Integer.toString(settings.threads())));
        command.addAll(MediaProbe.inputOptions(report.container()));
        command.addAll(List.of("-i", "file:" + source));
        // No subtitles, data, titles, chapters: nothing of the source but picture and sound.
        command.addAll(List.of("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"));
        MediaReport.Video picture = report.video();
        Rendition.Video video = rendition.video();
        if (picture != null && video != null) {
            addVideo(command, picture, video, rendition.gopSeconds(), encoder, settings);
        }
        MediaReport.Audio sound = report.audio();
        Rendition.Audio audio = rendition.audio();
        if (sound != null && audio != null) {
            addAudio(command, sound, audio);
        }
        command.addAll(List.of("-max_muxing_queue_size", "4096"));
        // Edit lists count in the movie's time scale: with the default of 1000 they would cut the
        // last frame of 30 fps short.
        command.addAll(List.of("-movflags", "+faststart", "-movie_timescale", "90000"));
        // Pictures and sound in turns of half a second, not of a frame: then a segment of one track
        // is a dozen stretches of the file instead of hundreds.
        command.addAll(List.of("-chunk_duration", "500000"));
        command.addAll(List.of("-f", "mp4", "file:" + output));
        return command;
    }

    private static void addVideo(
            List<String> command,
            MediaReport.Video picture,
            Rendition.Video video,
            int gopSeconds,
            VideoEncoder encoder,
            TranscodeSettings settings) {
        StringBuilder filters = new StringBuilder();
        if (picture.interlaced()) {
            // One frame out for one in, and only where the frame says that it is interlaced.
            filters.append("yadif=mode=send_frame:deint=interlaced,");
        }
        if (picture.frameRate() > video.maxFrameRate() * 1.01) {
            filters.append("fps=").append(video.maxFrameRate()).append(',');
        }
        filters.append("scale=")
                .append(video.width())
                .append(':')
                .append(video.height())
                .append(":flags=bicubic,setsar=1,format=yuv420p");
        command.addAll(List.of("-map", "0:" + picture.index()));
        command.addAll(List.of("-vf", filters.toString()));
        command.addAll(List.of("-fps_mode", "passthrough", "-enc_time_base:v", "demux"));
        command.addAll(List.of("-c:v", encoder.ffmpegName()));
        command.addAll(encoder.options(video, settings.presetName()));
        command.addAll(
                List.of(
                        "-maxrate",
                        video.bitrateKbps() + "k",
                        "-bufsize",
                        2 * video.bitrateKbps() + "k",
                        "-threads:v",
                        Integer.toString(settings.threads()),
                        "-g",
                        "1000000",
                        "-force_key_frames",
                        "expr:gte(t,n_forced*" + gopSeconds + ")"));
    }

    private static void addAudio(
            List<String> command, MediaReport.Audio sound, Rendition.Audio audio) {
        command.addAll(List.of("-map", "0:" + sound.index()));
        // Gaps in the source's sound become silence instead of a shift.
        command.addAll(List.of("-af", "aresample=async=1"));
        command.addAll(
                List.of(
                        "-c:a",
                        "aac",
                        "-b:a",
                        audio.bitrateKbps() + "k",
                        "-ac",
                        Integer.toString(audio.channels()),
                        "-ar",
                        Integer.toString(audio.sampleRate())));
    }
}
