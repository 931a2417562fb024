package io.millrace.delivery.thumbnail;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.decode.SampleMovie;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.Track;
import io.millrace.storage.process.FfmpegPrograms;

import java.util.ArrayList;
import java.util.List;

/// What ffmpeg is told: a fixed argument array in which only numbers differ, and the one decoder of
/// the track's codec. It reads a {@link SampleMovie} from its standard input and writes one picture
/// to its standard output. Stateless.
final class PictureCommand {
    /// The full name of the one demuxer; everything else is refused by ffmpeg itself.
    private static final String DEMUXER = "mov,mp4,m4a,3gp,3g2,mj2";

    private static final int MAX_PIXELS = 8192 * 8192;
    private static final int DEFAULT_QUALITY = 85;

    private PictureCommand() {}

    /// One frame: the first whose time is `shownTime` or later.
    static List<String> frame(
            FfmpegPrograms programs,
            Track track,
            long shownTime,
            PictureSize.Result size,
            PictureSize.Fit fit,
            PictureFormat format,
            int quality)
            throws UnsupportedMediaException {
        List<String> filters = new ArrayList<>();
        if (shownTime > 0) {
            filters.add("select=gte(pts\\," + shownTime + ")");
        }
        picture(filters, track.rotation(), size, fit, format);
        return command(programs, track.codec(), filters, format, quality);
    }

    /// The first frame of a movie, whatever its time.
    static List<String> first(FfmpegPrograms programs, CodecConfig codec, PictureSize.Result size)
            throws UnsupportedMediaException {
        List<String> filters = new ArrayList<>();
        picture(filters, Rotation.NONE, size, PictureSize.Fit.INSIDE, PictureFormat.JPEG);
        return command(programs, codec, filters, PictureFormat.JPEG, 0);
    }

    /// All frames, as the cells of one picture.
    static List<String> sheet(FfmpegPrograms programs, Track track, SheetLayout layout)
            throws UnsupportedMediaException {
        List<String> filters = new ArrayList<>();
        int height = layout.cellHeight(track);
        var cell = new PictureSize.Result(layout.width(), height, layout.width(), height);
        picture(filters, track.rotation(), cell, PictureSize.Fit.STRETCH, layout.format());
        filters.add("tile=" + layout.columns() + "x" + layout.rows());
        return command(programs, track.codec(), filters, layout.format(), 0);
    }

    private static List<String> command(
            FfmpegPrograms programs,
            CodecConfig codec,
            List<String> filters,
            PictureFormat format,
            int quality)
            throws UnsupportedMediaException {
        String decoder = decoder(codec);
        List<String> command = new ArrayList<>();
        command.add(programs.ffmpeg().toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"));
        command.addAll(List.of("-filter_threads", "1", "-copyts"));
        command.addAll(List.of("-threads", "1", "-c:v", decoder, "-codec_whitelist", decoder));
        command.addAll(List.of("-max_pixels", Integer.toString(MAX_PIXELS)));
        command.addAll(List.of("-format_whitelist", DEMUXER, "-protocol_whitelist", "pipe"));
        // The movie says all there is to know: looking into it first would decode everything twice.
        command.addAll(List.of("-nofind_stream_info", "-noautorotate"));
        command.addAll(List.of("-f", "mov", "-i", "pipe:0"));
        command.addAll(List.of("-map", "0:v:0", "-map_metadata", "-1"));
        command.addAll(List.of("-vf", String.join(",", filters), "-fps_mode", "passthrough"));
        command.addAll(List.of("-frames:v", "1", "-threads", "1", "-flags", "+bitexact"));
        int wanted = quality > 0 ? quality : DEFAULT_QUALITY;
        switch (format) {
            case JPEG ->
                    command.addAll(
                            List.of(
                                    "-c:v",
                                    "mjpeg",
                                    "-q:v",
                                    Integer.toString(2 + (100 - wanted) * 29 / 99)));
            case WEBP ->
                    command.addAll(
                            List.of("-c:v", "libwebp", "-quality", Integer.toString(wanted)));
        }
        command.addAll(List.of("-f", "image2pipe", "pipe:1"));
        return command;
    }

    /// Scaled before it is turned: the smaller picture is turned faster.
    private static void picture(
            List<String> filters,
            Rotation rotation,
            PictureSize.Result size,
            PictureSize.Fit fit,
            PictureFormat format) {
        boolean sideways = rotation.isSideways();
        int width = sideways ? size.scaledHeight() : size.scaledWidth();
        int height = sideways ? size.scaledWidth() : size.scaledHeight();
        // JFIF is BT.601 of full range, WebP BT.601 of video range.
        String range = format == PictureFormat.JPEG ? "pc" : "tv";
        filters.add(
                "scale="
                        + width
                        + ":"
                        + height
                        + ":flags=bicubic:out_color_matrix=bt601:out_range="
                        + range);
        filters.add("format=" + (format == PictureFormat.JPEG ? "yuvj420p" : "yuv420p"));
        switch (rotation) {
            case NONE -> {}
            case CLOCKWISE_90 -> filters.add("transpose=clock");
            case HALF_TURN -> filters.addAll(List.of("hflip", "vflip"));
            case CLOCKWISE_270 -> filters.add("transpose=cclock");
        }
        if (size.width() != size.scaledWidth() || size.height() != size.scaledHeight()) {
            String box = size.width() + ":" + size.height();
            filters.add(
                    fit == PictureSize.Fit.PAD
                            ? "pad=" + box + ":(ow-iw)/2:(oh-ih)/2"
                            : "crop=" + box + ":(iw-ow)/2:(ih-oh)/2:exact=1");
        }
        filters.add("setsar=1");
    }

    private static String decoder(CodecConfig codec) throws UnsupportedMediaException {
        String codecs = codec.codecs();
        int dot = codecs.indexOf('.');
        String name = dot < 0 ? codecs : codecs.substring(0, dot);
        return switch (name) {
            case "avc1", "avc3" -> "h264";
            case "hvc1", "hev1" -> "hevc";
            case "vp09" -> "vp9";
            case "av01" -> "libaom-av1";
            default ->
                    throw new UnsupportedMediaException(
                            "no pictures are made of video codec '" + name + "'");
        };
    }
}
