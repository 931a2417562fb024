package io.millrace.delivery.thumbnail;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Track;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.PipedChild;
import io.millrace.storage.process.Sandbox;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Makes pictures of stored video, each by one sandboxed ffmpeg that gets the few samples it needs
/// by a pipe: so many at a time, so many waiting, the rest refused.
///
/// The decoders see strangers' bytes, so they never run in this process (reliability rule: ADR
/// 0014, 0023). ffmpeg is unpacked and the sandbox tried when the first picture is asked for.
/// Thread-safe; calls block, on a virtual thread at best.
public final class PictureMaker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(PictureMaker.class);

    private static final Duration CPU = Duration.ofSeconds(10);
    private static final long MAX_OUTPUT = 32 << 20;
    private static final long MEMORY = 3L << 30;

    /// 128 + SIGKILL: somebody else ended it, as the kernel does when memory runs out.
    private static final int KILLED = 128 + 9;

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
    private final ThreadPoolExecutor workers;
    private final Timer frames;
    private final Timer sheets;
    private final Counter refused;
    private final Counter failed;
    private final Object preparing = new Object();
    private volatile @Nullable Tools tools;
    private volatile boolean closed;

    private record Tools(FfmpegPrograms programs, PipedChild child) {}

    public PictureMaker(ThumbnailOptions options, MeterRegistry meters) {
        this.options = options;
        int count = options.workersHere();
        workers =
                new ThreadPoolExecutor(
                        count,
                        count,
                        30,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(Math.max(1, options.queue())),
                        Thread.ofPlatform().daemon().name("thumbnail-", 0).factory());
        workers.allowCoreThreadTimeOut(true);
        frames = timer("frame", meters);
        sheets = timer("sheet", meters);
        refused =
                Counter.builder("millrace.delivery.thumbnail.refused")
                        .description("Pictures not made because too many were waiting")
                        .register(meters);
        failed =
                Counter.builder("millrace.delivery.thumbnail.failed")
                        .description("Pictures that no decoder could make, or not in time")
                        .register(meters);
        Gauge.builder("millrace.delivery.thumbnail.running", workers, w -> w.getActiveCount())
                .description("Pictures being made")
                .register(meters);
        Gauge.builder("millrace.delivery.thumbnail.queued", workers, w -> w.getQueue().size())
                .description("Pictures waiting for a worker")
                .register(meters);
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
                    PicturesBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Track track = source.track();
        checkSize(track);
        return onWorker(
                frames,
                () -> {
                    int key = FrameChooser.nearestKey(track, timeMs);
                    FrameChooser.Frames wanted =
                            exact || options.exact()
                                    ? FrameChooser.exact(track, timeMs)
                                    : new FrameChooser.Frames(key, key);
                    SampleMovie movie =
                            SampleMovie.ofRun(
                                    track, wanted, source.reader(), source.fileSizeBytes());
                    boolean sideways = track.rotation().isSideways();
                    PictureSize.Result result =
                            size.of(
                                    sideways ? track.displayHeight() : track.displayWidth(),
                                    sideways ? track.displayWidth() : track.displayHeight());
                    Tools ready = tools();
                    return run(
                            source.name(),
                            ready,
                            PictureCommand.frame(
                                    ready.programs(),
                                    track,
                                    movie.shownTime(),
                                    result,
                                    size.fit(),
                                    format,
                                    quality),
                            movie);
                });
    }

    /// A sheet of key frames.
    ///
    /// @param firstCell from 0
    /// @param cells that the video has, from `firstCell` on; more than a sheet holds are left out
    public Made sheet(Source source, SheetLayout layout, long firstCell, long cells)
            throws IOException,
                    MediaException,
                    PicturesBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Track track = source.track();
        checkSize(track);
        return onWorker(
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
                    Tools ready = tools();
                    return run(
                            source.name(),
                            ready,
                            PictureCommand.sheet(ready.programs(), track, layout),
                            movie);
                });
    }

    private static void checkSize(Track track) throws UnsupportedMediaException {
        if (track.displayWidth() <= 0 || track.displayHeight() <= 0) {
            throw new UnsupportedMediaException(
                    "the video does not say how large its pictures are");
        }
    }

    private Made onWorker(Timer timer, Callable<Made> work)
            throws IOException,
                    MediaException,
                    PicturesBusyException,
                    DecoderFailedException,
                    InterruptedException {
        Future<Made> future;
        try {
            future = workers.submit(() -> timer.recordCallable(work));
        } catch (RejectedExecutionException _) {
            refused.increment();
            throw new PicturesBusyException(
                    closed ? "The server is stopping." : "Too many pictures are being made.");
        }
        try {
            return future.get();
        } catch (CancellationException _) {
            throw new PicturesBusyException("The server is stopping.");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw failure;
                case MediaException failure -> throw failure;
                case DecoderFailedException failure -> throw failure;
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default -> throw new IOException("the picture's worker was stopped", e);
            }
        }
    }

    private Made run(String name, Tools ready, List<String> command, SampleMovie movie)
            throws IOException, DecoderFailedException, InterruptedException {
        PipedChild.Result result = ready.child().run(name, command, movie.pieces());
        List<String> said = result.outcome().lastErrorLines();
        return switch (result.outcome()) {
            case ChildOutcome.Exited(int code, var _)
                    when code == 0 && result.output().length > 0 ->
                    new Made.Picture(result.output());
            case ChildOutcome.Exited(int code, var _) -> {
                failed.increment();
                if (code == KILLED || said.stream().anyMatch(PictureMaker::isOurs)) {
                    throw new DecoderFailedException(
                            "ffmpeg could not run: exit " + code + ": " + first(said));
                }
                log.warn("{}: no picture: exit {}: {}", name, code, first(said));
                yield new Made.Undecodable("the video cannot be decoded there");
            }
            case ChildOutcome.Ended(ChildOutcome.Reason reason, var _) -> {
                failed.increment();
                yield switch (reason) {
                    case CPU, OUTPUT_SIZE ->
                            new Made.Undecodable("decoding it takes more than it may");
                    case WALL_CLOCK, NO_PROGRESS, CANCELLED ->
                            throw new DecoderFailedException("ffmpeg was ended: " + reason);
                };
            }
        };
    }

    /// What ffmpeg said first, without the addresses of its objects.
    private static String first(List<String> said) {
        String line = said.isEmpty() ? "it said nothing" : said.getFirst();
        line = line.replaceAll(" @ 0x[0-9a-f]+", "");
        return line.length() > 200 ? line.substring(0, 200) : line;
    }

    /// Whether a line speaks of this machine, not of the video.
    private static boolean isOurs(String line) {
        return line.startsWith("bwrap:")
                || line.startsWith("prlimit:")
                || line.contains("error while loading shared libraries")
                || line.contains("Cannot allocate memory");
    }

    private Tools tools() throws DecoderFailedException, InterruptedException {
        Tools ready = tools;
        if (ready != null) {
            return ready;
        }
        synchronized (preparing) {
            ready = tools;
            if (ready == null) {
                ready = prepare();
                tools = ready;
                if (closed) {
                    ready.child().close();
                }
            }
            return ready;
        }
    }

    private Tools prepare() throws DecoderFailedException, InterruptedException {
        Sandbox sandbox =
                options.fence() == ThumbnailOptions.Fence.LIMITS_ONLY
                        ? Sandbox.plain()
                        : Sandbox.detect();
        if (options.fence() == ThumbnailOptions.Fence.REQUIRED && !sandbox.isBubblewrap()) {
            throw new DecoderFailedException(
                    "the sandbox is required and does not work here: install bubblewrap and allow"
                            + " user namespaces");
        }
        FfmpegPrograms programs;
        try {
            programs = FfmpegPrograms.load(options.programs());
        } catch (IOException e) {
            throw new DecoderFailedException(String.valueOf(e.getMessage()));
        }
        var limits = new ChildLimits(options.timeout(), options.timeout(), CPU, MAX_OUTPUT, MEMORY);
        return new Tools(
                programs,
                new PipedChild(sandbox, Sandbox.View.pipes(List.of(programs.folder())), limits));
    }

    /// Ends the children that run; nothing is made any more.
    @Override
    public void close() {
        closed = true;
        for (Runnable waiting : workers.shutdownNow()) {
            ((Future<?>) waiting).cancel(false);
        }
        Tools ready = tools;
        if (ready != null) {
            ready.child().close();
        }
    }
}
