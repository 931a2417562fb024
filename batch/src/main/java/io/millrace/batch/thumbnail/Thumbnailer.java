package io.millrace.batch.thumbnail;

import io.millrace.batch.probe.FfmpegMessages;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.transcode.TranscodeFailedException;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.ChildProcess;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/// Makes a JPEG of a moment. Immutable; calls block.
public final class Thumbnailer {
    /// Among so many frames from the wanted moment on the most typical one is taken: not the black
    /// one of a cut, not the blurred one of a pan.
    private static final int CANDIDATES = 24;

    private final FfmpegPrograms programs;
    private final Sandbox sandbox;

    public Thumbnailer(FfmpegPrograms programs, Sandbox sandbox) {
        this.programs = programs;
        this.sandbox = sandbox;
    }

    /// @param size of the picture in pixels
    public record Size(int width, int height) {}

    /// The moment to show when nobody chose one: a tenth into the video, ten seconds at most.
    public static long defaultMomentMs(long durationMs) {
        return Math.min(durationMs / 10, 10_000);
    }

    /// @param atMs moment in the source; behind its end: its beginning
    /// @param maxWidth never wider, nor wider than the source
    /// @param output a file in a folder of its own
    public Size make(
            String job,
            Path source,
            MediaReport report,
            long atMs,
            int maxWidth,
            Path output,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        MediaReport.Video picture = report.video();
        if (picture == null) {
            throw new TranscodeFailedException(
                    "NO_PICTURE", "the source has no picture to make a thumbnail of", true);
        }
        Size size = size(picture, maxWidth);
        long moment = atMs >= 0 && atMs < report.durationMs() ? atMs : 0;
        String failure = "";
        // No frame from a moment on to the end: between the last two, or where only the sound goes
        // on.
        for (long from : new long[] {moment, Math.max(0, moment - 1000), 0}) {
            if (Files.notExists(output)) {
                failure = run(job, source, report, picture, from, size, output, cancelled);
            }
        }
        if (!Files.exists(output) || Files.size(output) == 0) {
            throw new TranscodeFailedException(
                    "FFMPEG_FAILED", "no thumbnail could be made: " + failure, false);
        }
        return size;
    }

    private static Size size(MediaReport.Video picture, int maxWidth) {
        int width = Math.min(picture.width(), Math.max(16, maxWidth));
        width -= width % 2;
        long height = Math.round((double) picture.height() * width / picture.width() / 2) * 2;
        return new Size(Math.max(2, width), (int) Math.max(2, height));
    }

    private String run(
            String job,
            Path source,
            MediaReport report,
            MediaReport.Video picture,
            long atMs,
            Size size,
            Path output,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        List<String> command = new ArrayList<>();
        command.add(programs.ffmpeg().toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-y", "-loglevel", "error"));
        command.addAll(List.of("-threads", "2"));
        command.addAll(MediaProbe.inputOptions(report.container()));
        if (atMs > 0) {
            command.addAll(List.of("-ss", String.format(Locale.ROOT, "%.3f", atMs / 1000.0)));
        }
        command.addAll(List.of("-i", "file:" + source));
        command.addAll(List.of("-map", "0:" + picture.index(), "-an", "-sn", "-dn"));
        String choice = report.container().isStillImage() ? "" : "thumbnail=n=" + CANDIDATES + ",";
        command.addAll(
                List.of(
                        "-vf",
                        choice
                                + "scale="
                                + size.width()
                                + ":"
                                + size.height()
                                + ":flags=bicubic:out_range=pc,setsar=1,format=yuvj420p"));
        command.addAll(List.of("-map_metadata", "-1", "-frames:v", "1", "-c:v", "mjpeg"));
        command.addAll(List.of("-q:v", "4", "-f", "image2", "-update", "1", "file:" + output));
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
                        ChildLimits.brief());
        ChildOutcome outcome = child.run(_ -> {}, cancelled);
        if (outcome instanceof ChildOutcome.Ended(ChildOutcome.Reason reason, List<String> lines)) {
            throw new TranscodeFailedException(
                    reason == ChildOutcome.Reason.CANCELLED ? "CANCELLED" : "HUNG",
                    "ffmpeg was ended: " + reason + ' ' + FfmpegMessages.last(lines, source),
                    false);
        }
        return FfmpegMessages.last(outcome.lastErrorLines(), source);
    }
}
