package io.millrace.batch.probe;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What a media file is.
///
/// @param durationMs 0 for a still image
/// @param video the stream to convert; null when there is no picture (a cover in an audio file is
///   none)
/// @param audio the stream to convert: the one marked default, else the first
public record MediaReport(
        ContainerFormat container,
        long sizeBytes,
        long durationMs,
        int bitrateKbps,
        @Nullable Video video,
        @Nullable Audio audio,
        int streams) {

    /// @param index of the stream in the file
    /// @param width in display orientation, with square pixels
    /// @param rotation clockwise degrees that were applied to get there: 0, 90, 180, 270
    /// @param frameRate frames per second on average; 0 when unknown
    /// @param frames as the container says; -1 when it does not
    /// @param bitrateKbps 0 when unknown
    public record Video(
            int index,
            String codec,
            int width,
            int height,
            int rotation,
            double frameRate,
            long frames,
            int bitrateKbps,
            boolean interlaced) {
        Video withFrameRate(double rate) {
            return new Video(
                    index, codec, width, height, rotation, rate, frames, bitrateKbps, interlaced);
        }
    }

    public record Audio(int index, String codec, int channels, int sampleRate, int bitrateKbps) {}

    MediaReport withDuration(long newDurationMs) {
        long kbps = newDurationMs > 0 ? sizeBytes * 8 / newDurationMs : 0;
        return new MediaReport(
                container,
                sizeBytes,
                newDurationMs,
                (int) Math.min(kbps, Integer.MAX_VALUE),
                video,
                audio,
                streams);
    }

    MediaReport withVideo(Video newVideo) {
        return new MediaReport(
                container, sizeBytes, durationMs, bitrateKbps, newVideo, audio, streams);
    }

    /// The codecs of picture and sound, for messages.
    public List<String> codecs() {
        var codecs = new java.util.ArrayList<String>();
        if (video != null) {
            codecs.add(video.codec());
        }
        if (audio != null) {
            codecs.add(audio.codec());
        }
        return codecs;
    }
}
