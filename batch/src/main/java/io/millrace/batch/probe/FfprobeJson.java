package io.millrace.batch.probe;

import io.millrace.batch.probe.UnusableMediaException.Reason;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads what `ffprobe -show_format -show_streams -of json` says. Stateless.
final class FfprobeJson {
    static final int MAX_STREAMS = 32;
    static final int MAX_SIDE = 8192;
    private static final double MAX_FRAME_RATE = 300;

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private FfprobeJson() {}

    /// @return its duration is 0 where the container does not say it
    static MediaReport read(String json, ContainerFormat container, long sizeBytes)
            throws UnusableMediaException {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalStateException("ffprobe's answer is not JSON", e);
        }
        JsonNode streams = root.path("streams");
        int count = Math.max(streams.size(), integer(root.path("format").path("nb_streams"), 0));
        if (count > MAX_STREAMS) {
            throw new UnusableMediaException(
                    Reason.TOO_MANY_STREAMS,
                    "the file has " + count + " streams (at most " + MAX_STREAMS + " are taken)");
        }
        MediaReport.Video video = null;
        MediaReport.Audio audio = null;
        boolean audioIsDefault = false;
        double longest = 0;
        for (JsonNode stream : streams) {
            String type = stream.path("codec_type").asString("");
            String codec = stream.path("codec_name").asString("unknown");
            boolean cover = stream.path("disposition").path("attached_pic").asInt(0) == 1;
            if (type.equals("video") && !cover) {
                longest = Math.max(longest, number(stream.path("duration"), 0));
                if (video == null) {
                    video = video(stream, codec);
                }
            } else if (type.equals("audio") && integer(stream.path("channels"), 0) > 0) {
                longest = Math.max(longest, number(stream.path("duration"), 0));
                boolean isDefault = stream.path("disposition").path("default").asInt(0) == 1;
                if (audio == null || (isDefault && !audioIsDefault)) {
                    audio = audio(stream, codec);
                    audioIsDefault = isDefault;
                }
            }
        }
        if (video == null && audio == null) {
            throw new UnusableMediaException(
                    Reason.NO_PICTURE_OR_SOUND,
                    "the file has neither a picture nor a sound stream that can be read");
        }
        JsonNode format = root.path("format");
        double seconds = number(format.path("duration"), longest);
        long durationMs = container.isStillImage() ? 0 : Math.round(seconds * 1000);
        long kbps = Math.round(number(format.path("bit_rate"), 0) / 1000);
        if (kbps <= 0 && durationMs > 0) {
            kbps = sizeBytes * 8 / durationMs;
        }
        return new MediaReport(
                container,
                sizeBytes,
                Math.max(0, durationMs),
                (int) Math.min(kbps, Integer.MAX_VALUE),
                video,
                audio,
                count);
    }

    private static MediaReport.Video video(JsonNode stream, String codec)
            throws UnusableMediaException {
        int width = integer(stream.path("width"), 0);
        int height = integer(stream.path("height"), 0);
        if (width <= 0 || height <= 0) {
            throw new UnusableMediaException(
                    Reason.DAMAGED, "the picture stream (" + codec + ") has no size");
        }
        if (width > MAX_SIDE || height > MAX_SIDE) {
            throw new UnusableMediaException(
                    Reason.PICTURE_TOO_LARGE,
                    "the picture is "
                            + width
                            + "x"
                            + height
                            + " (at most "
                            + MAX_SIDE
                            + "x"
                            + MAX_SIDE
                            + " is taken)");
        }
        int rotation = rotation(stream);
        double pixelAspect = ratio(stream.path("sample_aspect_ratio").asString(""), ':');
        int shownWidth =
                pixelAspect > 0.1 && pixelAspect < 10
                        ? (int) Math.round(width * pixelAspect)
                        : width;
        boolean sideways = rotation == 90 || rotation == 270;
        double rate = ratio(stream.path("avg_frame_rate").asString(""), '/');
        if (rate <= 0) {
            rate = ratio(stream.path("r_frame_rate").asString(""), '/');
        }
        String fields = stream.path("field_order").asString("");
        return new MediaReport.Video(
                integer(stream.path("index"), 0),
                codec,
                sideways ? height : shownWidth,
                sideways ? shownWidth : height,
                rotation,
                // FLV without a rate gives its time base's 1000.
                rate > 0 && rate <= MAX_FRAME_RATE ? rate : 0,
                (long) number(stream.path("nb_frames"), -1),
                (int) Math.round(number(stream.path("bit_rate"), 0) / 1000),
                fields.equals("tt")
                        || fields.equals("bb")
                        || fields.equals("tb")
                        || fields.equals("bt"));
    }

    private static MediaReport.Audio audio(JsonNode stream, String codec) {
        return new MediaReport.Audio(
                integer(stream.path("index"), 0),
                codec,
                integer(stream.path("channels"), 0),
                integer(stream.path("sample_rate"), 0),
                (int) Math.round(number(stream.path("bit_rate"), 0) / 1000));
    }

    /// Clockwise; the display matrix is reported counter-clockwise, from -180 to 180.
    private static int rotation(JsonNode stream) {
        for (JsonNode side : stream.path("side_data_list")) {
            if (side.has("rotation")) {
                double degrees = -number(side.path("rotation"), 0);
                return Math.floorMod((int) Math.round(degrees / 90) * 90, 360);
            }
        }
        return 0;
    }

    private static double ratio(String text, char separator) {
        int at = text.indexOf(separator);
        if (at < 1) {
            return 0;
        }
        double over = parse(text.substring(0, at), 0);
        double under = parse(text.substring(at + 1), 0);
        return under == 0 ? 0 : over / under;
    }

    /// ffprobe writes numbers as texts in some places and as numbers in others.
    private static double number(JsonNode node, double absent) {
        if (node.isNumber()) {
            return node.asDouble();
        }
        return node.isString() ? parse(node.asString(), absent) : absent;
    }

    private static int integer(JsonNode node, int absent) {
        return (int) number(node, absent);
    }

    private static double parse(@Nullable String text, double absent) {
        if (text == null) {
            return absent;
        }
        try {
            double value = Double.parseDouble(text);
            return Double.isFinite(value) ? value : absent;
        } catch (NumberFormatException _) {
            return absent;
        }
    }
}
