package io.millrace.batch.transcode;

import io.millrace.batch.probe.FfmpegMessages;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.probe.ProbeFailedException;
import io.millrace.batch.probe.UnusableMediaException;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.ChildProcess;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/// Converts a source into one MP4 rendition and checks the result before anybody sees it.
/// Immutable; calls block.
public final class Transcoder {
    private static final Logger log = LoggerFactory.getLogger(Transcoder.class);

    private static final long DURATION_TOLERANCE_MS = 1000;
    private static final Duration NO_PROGRESS = Duration.ofSeconds(60);

    private final FfmpegPrograms programs;
    private final Sandbox sandbox;
    private final MediaProbe probe;
    private final VideoEncoder encoder;
    private final TranscodeSettings settings;

    public Transcoder(FfmpegPrograms programs, Sandbox sandbox, TranscodeSettings settings) {
        this(programs, sandbox, settings, VideoEncoder.best(programs.encoders()));
    }

    Transcoder(
            FfmpegPrograms programs,
            Sandbox sandbox,
            TranscodeSettings settings,
            VideoEncoder encoder) {
        this.programs = programs;
        this.sandbox = sandbox;
        this.settings = settings;
        this.encoder = encoder;
        this.probe = new MediaProbe(programs, sandbox);
    }

    /// @param job for the log
    /// @param report of the source
    /// @param output a file in a folder of its own, to which ffmpeg is confined
    /// @param percent told 0..99 as it goes on
    /// @return what the output is
    public MediaReport transcode(
            String job,
            Path source,
            MediaReport report,
            Rendition rendition,
            Path output,
            IntConsumer percent,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        Rendition possible = restrict(rendition, report);
        List<String> command =
                TranscodeCommand.of(
                        programs.ffmpeg(), source, report, possible, encoder, settings, output);
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("output: " + output + " (expected: in a folder)");
        }
        ChildProcess child =
                new ChildProcess(
                        job,
                        command,
                        sandbox,
                        new Sandbox.View(List.of(programs.folder()), List.of(source), folder),
                        limits(report));
        FfmpegProgress progress =
                new FfmpegProgress(report.durationMs(), percent, child::signOfLife);
        long started = System.nanoTime();
        log.info("{}: converting with {}: {}", job, encoder.ffmpegName(), possible);
        switch (child.run(progress, cancelled)) {
            case ChildOutcome.Exited(int code, List<String> _) when code == 0 -> {}
            case ChildOutcome.Exited(int code, List<String> lines) ->
                    throw exitFailure(code, lines, source);
            case ChildOutcome.Ended(ChildOutcome.Reason reason, List<String> lines) ->
                    throw endedFailure(reason, lines, source);
        }
        MediaReport made = check(job, output, report, possible, progress.frames(), cancelled);
        log.info(
                "{}: converted {} ms of media in {} ms: {} frames, {} kbit/s",
                job,
                made.durationMs(),
                (System.nanoTime() - started) / 1_000_000,
                progress.frames(),
                made.bitrateKbps());
        return made;
    }

    /// Leaves out what the source does not have.
    private static Rendition restrict(Rendition wanted, MediaReport report)
            throws TranscodeFailedException {
        Rendition.Video video = report.video() == null ? null : wanted.video();
        Rendition.Audio audio = report.audio() == null ? null : wanted.audio();
        if (video == null && audio == null) {
            throw new TranscodeFailedException(
                    "NOTHING_TO_CONVERT",
                    "the source has nothing of what the rendition asks for ("
                            + String.join(", ", report.codecs())
                            + ")",
                    true);
        }
        return new Rendition(video, audio, wanted.gopSeconds());
    }

    private static ChildLimits limits(MediaReport report) {
        Duration wall = Duration.ofMillis(report.durationMs()).multipliedBy(10).plusSeconds(300);
        return new ChildLimits(
                wall,
                NO_PROGRESS,
                wall.multipliedBy(2),
                4 * report.sizeBytes() + (1L << 30),
                8L << 30);
    }

    private MediaReport check(
            String job,
            Path output,
            MediaReport source,
            Rendition rendition,
            long framesWritten,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        MediaReport made;
        try {
            Path folder = output.toAbsolutePath().getParent();
            made = probe.probe(job, output, folder == null ? output : folder, cancelled);
        } catch (UnusableMediaException | ProbeFailedException e) {
            throw bad("the conversion's result can't be read: " + e.getMessage());
        }
        if (Math.abs(made.durationMs() - source.durationMs()) > DURATION_TOLERANCE_MS) {
            throw bad(
                    "the conversion's result lasts "
                            + made.durationMs()
                            + " ms, the source "
                            + source.durationMs()
                            + " ms");
        }
        MediaReport.Video video = made.video();
        if (rendition.video() != null
                && (video == null || framesWritten <= 0 || video.frames() != framesWritten)) {
            throw bad(
                    "the conversion wrote "
                            + framesWritten
                            + " frames and its result has "
                            + (video == null ? "no picture" : video.frames()));
        }
        if (rendition.audio() != null && made.audio() == null) {
            throw bad("the conversion's result has no sound");
        }
        return made;
    }

    /// Permanent: the same input gives the same output.
    private static TranscodeFailedException bad(String message) {
        return new TranscodeFailedException("BAD_OUTPUT", message, true);
    }

    private static TranscodeFailedException exitFailure(int code, List<String> lines, Path source) {
        String said = FfmpegMessages.last(lines, source);
        String all = String.join("\n", lines);
        if (all.contains("No space left on device")) {
            return new TranscodeFailedException("NO_SPACE", "the storage is full: " + said, false);
        }
        boolean permanent =
                code <= 128
                        && (all.contains("Invalid data found")
                                || all.contains("Decoder") && all.contains("not found")
                                || all.contains("Error while decoding")
                                || all.contains("Could not find codec parameters")
                                || all.contains("Cannot determine format"));
        return new TranscodeFailedException(
                "FFMPEG_FAILED",
                (code == 128 + 9
                                ? "ffmpeg was killed, perhaps for lack of memory: "
                                : "ffmpeg ended with " + code + ": ")
                        + said,
                permanent);
    }

    private static TranscodeFailedException endedFailure(
            ChildOutcome.Reason reason, List<String> lines, Path source) {
        String said = FfmpegMessages.last(lines, source);
        return switch (reason) {
            case CANCELLED -> new TranscodeFailedException("CANCELLED", "cancelled", false);
            case WALL_CLOCK ->
                    new TranscodeFailedException(
                            "TOO_SLOW",
                            "the conversion took longer than ten times the media and was ended: "
                                    + said,
                            false);
            case CPU ->
                    new TranscodeFailedException(
                            "TOO_SLOW", "the conversion passed its CPU limit: " + said, false);
            case NO_PROGRESS ->
                    new TranscodeFailedException(
                            "HUNG",
                            "ffmpeg made no progress for "
                                    + NO_PROGRESS.toSeconds()
                                    + " s and was ended: "
                                    + said,
                            false);
            case OUTPUT_SIZE ->
                    new TranscodeFailedException(
                            "OUTPUT_TOO_LARGE",
                            "the conversion's output passed its limit: " + said,
                            true);
        };
    }
}
