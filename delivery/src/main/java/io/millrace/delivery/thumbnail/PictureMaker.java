package io.millrace.delivery.thumbnail;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.decode.DecoderFailedException;
import io.millrace.delivery.decode.Decoders;
import io.millrace.delivery.decode.DecodersBusyException;
import io.millrace.delivery.decode.SampleMovie;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Track;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.FfmpegPrograms;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Makes pictures of stored video, each by one sandboxed ffmpeg that gets the few samples it needs
/// by a pipe: so many at a time, so many waiting, the rest refused.
///
/// The decoders see strangers' bytes, so they never run in this process (reliability rule: ADR
/// 0014, 0023). Thread-safe; calls block, on a virtual thread at best.
public final class PictureMaker implements AutoCloseable {
    private static final Duration CPU = Duration.ofSeconds(10);
    private static final long MAX_OUTPUT = 32 << 20;
    private static final long MEMORY = 3L << 30;

    /// What asking for a picture comes to.
    public sealed interface Made {
        record Picture(byte[] bytes) implements Made {}

        /// The decoder got nothing out of these samples, and never will.
        record Undecodable(String reason) implements Made {}
    }

    /// One track of an open file.
    ///
    /// @param name of the media, for the log
    /// @param fileSizeBytes when it was indexed
    public record Source(String name, Track track, BlobReader reader, long fileSizeBytes) {}

    private final ThumbnailOptions options;
    private final Decoders decoders;
    private final Timer frames;
    private final Timer sheets;

    public PictureMaker(ThumbnailOptions options, MeterRegistry meters) {
        this("thumbnail", options, meters);
    }

    /// @param name of its workers in metrics (`millrace.delivery.{name}.…`): one maker a name
    public PictureMaker(String name, ThumbnailOptions options, MeterRegistry meters) {
        this.options = options;
        decoders =
                new Decoders(
                        new Decoders.Options(
                                name,
                                "pictures",
                                options.workers(),
                                options.queue(),
                                options.fence(),
                                new ChildLimits(
                                        options.timeout(),
                                        options.timeout(),
                                        CPU,
                                        MAX_OUTPUT,
                                        MEMORY),
                                options.programs()),
                        meters);
        frames = timer("frame", meters);
        sheets = timer("sheet", meters);
    }

    private static Timer timer(String kind, MeterRegistry meters) {
        return Timer.builder("millrace.delivery.thumbnail.make")
                .description("From a worker's start to a picture")
                .tag("kind", kind)
                .publishPercentileHistogram()
                .register(meters);
    }

    /// The picture of a moment.
    ///
    /// @param timeMs on the track's presentation timeline
    /// @param exact or of the nearest key frame
    /// @param quality 1..100, 0 for the usual one
    /// @throws MediaException when the samples cannot be read or are too many
    /// @throws IOException when storage fails
    public Made frame(
            Source source,
            long timeMs,
            boolean exact,
            PictureSize size,
            PictureFormat format,
            int quality)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Track track = source.track();
        checkSize(track);
        return decoders.onWorker(
                frames,
                () -> {
                    int key = FrameChooser.nearestKey(track, timeMs);
                    FrameChooser.Frames wanted =
                            exact || options.exact()
                                    ? FrameChooser.exact(track, timeMs)
                                    : new FrameChooser.Frames(key, key);
                    SampleMovie movie =
                            SampleMovie.ofRun(
                                    track,
                                    wanted.first(),
                                    wanted.shown(),
                                    source.reader(),
                                    source.fileSizeBytes());
                    boolean sideways = track.rotation().isSideways();
                    PictureSize.Result result =
                            size.of(
                                    sideways ? track.displayHeight() : track.displayWidth(),
                                    sideways ? track.displayWidth() : track.displayHeight());
                    FfmpegPrograms programs = decoders.programs();
                    return run(
                            source.name(),
                            PictureCommand.frame(
                                    programs,
                                    track,
                                    movie.shownTime(),
                                    result,
                                    size.fit(),
                                    format,
                                    quality),
                            movie.pieces());
                });
    }

    /// The first picture of a little movie that lies in memory, as JPEG: of a live stream's newest
    /// key frame.
    ///
    /// @param name of the media, for the log
    /// @param movie an init segment and a fragment of one video track, written by our own writers
    public Made first(String name, VideoConfig codec, List<byte[]> movie, PictureSize size)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        if (codec.width() <= 0 || codec.height() <= 0) {
            throw new UnsupportedMediaException(
                    "the video does not say how large its pictures are");
        }
        return decoders.onWorker(
                frames,
                () -> {
                    int width =
                            codec.width() * codec.sampleAspectWidth() / codec.sampleAspectHeight();
                    PictureSize.Result result = size.of(Math.max(1, width), codec.height());
                    return run(
                            name, PictureCommand.first(decoders.programs(), codec, result), movie);
                });
    }

    /// A sheet of key frames.
    ///
    /// @param firstCell from 0
    /// @param cells that the video has, from `firstCell` on; more than a sheet holds are left out
    public Made sheet(Source source, SheetLayout layout, long firstCell, long cells)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Track track = source.track();
        checkSize(track);
        return decoders.onWorker(
                sheets,
                () -> {
                    int[] samples = new int[(int) Math.min(layout.cells(), cells)];
                    for (int i = 0; i < samples.length; i++) {
                        samples[i] =
                                FrameChooser.nearestKey(
                                        track, (firstCell + i) * layout.intervalMs());
                    }
                    SampleMovie movie =
                            SampleMovie.ofKeys(
                                    track, samples, source.reader(), source.fileSizeBytes());
                    FfmpegPrograms programs = decoders.programs();
                    return run(
                            source.name(),
                            PictureCommand.sheet(programs, track, layout),
                            movie.pieces());
                });
    }

    private static void checkSize(Track track) throws UnsupportedMediaException {
        if (track.displayWidth() <= 0 || track.displayHeight() <= 0) {
            throw new UnsupportedMediaException(
                    "the video does not say how large its pictures are");
        }
    }

    private Made run(String name, List<String> command, List<byte[]> movie)
            throws IOException, DecoderFailedException, InterruptedException {
        return switch (decoders.run(name, command, movie)) {
            case Decoders.Outcome.Done(byte[] bytes) -> new Made.Picture(bytes);
            case Decoders.Outcome.Undecodable(String reason) -> new Made.Undecodable(reason);
        };
    }

    /// Ends the children that run; nothing is made any more.
    @Override
    public void close() {
        decoders.close();
    }
}
