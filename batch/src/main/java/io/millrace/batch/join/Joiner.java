package io.millrace.batch.join;

import io.millrace.batch.probe.FfmpegMessages;
import io.millrace.batch.transcode.TranscodeFailedException;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.ChildProcess;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Joins MP4 or WebM files of one layout, one behind the other, by a sandboxed ffmpeg that copies
/// every packet. Each file begins where the longest track of the one before ended, so sound and
/// picture of each stay as far apart as they were. An MP4 has its index in front. Immutable; calls
/// block.
public final class Joiner {
    /// A disk's pace at least, whatever the length.
    private static final long BYTES_PER_SECOND = 5L << 20;

    private final FfmpegPrograms programs;
    private final Sandbox sandbox;

    public Joiner(FfmpegPrograms programs, Sandbox sandbox) {
        this.programs = programs;
        this.sandbox = sandbox;
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    /// @param output a file in a folder of its own; its name says MP4 or WebM
    public void join(String job, List<Path> parts, Path output, BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        List<Long> lengths = new ArrayList<>();
        for (Path part : parts) {
            lengths.add(lengthMs(part));
        }
        join(job, parts, lengths, null, output, cancelled);
    }

    /// How long a fragmented file is: ffmpeg takes its end on its own clock for its length, and
    /// recordings do not always begin at 0. Negative where ffmpeg knows better.
    private static long lengthMs(Path part) throws IOException {
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.READ)) {
            FragmentedMovie movie = FragmentedMovie.read(file);
            return movie.endMs() - movie.startMs();
        } catch (NoSuchFileException e) {
            throw e;
        } catch (IOException | IndexOutOfBoundsException | BufferUnderflowException _) {
            return -1; // a WebM, or an ordinary MP4
        }
    }

    /// @param lengthsMs of the parts; negative where they are not known
    /// @param most no packet after this is taken; null for all
    public void join(
            String job,
            List<Path> parts,
            List<Long> lengthsMs,
            @Nullable Duration most,
            Path output,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("output: " + output + " (expected: in a folder)");
        }
        StringBuilder list = new StringBuilder("ffconcat version 1.0\n");
        long bytes = 0;
        for (int i = 0; i < parts.size(); i++) {
            Path part = parts.get(i);
            String name = part.toString();
            if (name.indexOf('\'') >= 0 || name.indexOf('\n') >= 0) {
                throw new IllegalArgumentException("part: " + name + " (expected: a plain name)");
            }
            list.append("file '").append(name).append("'\n");
            long length = lengthsMs.get(i);
            if (length >= 0) {
                list.append("duration ").append(length).append("ms\n");
            }
            bytes += Files.size(part);
        }
        Path listFile = Files.writeString(folder.resolve("parts.txt"), list);
        List<String> command = new ArrayList<>();
        command.add(programs.ffmpeg().toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-y", "-loglevel", "error"));
        command.addAll(List.of("-protocol_whitelist", "file", "-f", "concat", "-safe", "0"));
        command.addAll(List.of("-i", "file:" + listFile, "-map", "0", "-c", "copy"));
        if (most != null) {
            command.addAll(List.of("-t", most.toMillis() + "ms"));
        }
        command.addAll(
                name(output).endsWith(".webm")
                        ? List.of("-f", "webm")
                        : List.of("-movflags", "+faststart", "-f", "mp4"));
        command.add("file:" + output);
        Duration limit = Duration.ofSeconds(120 + bytes / BYTES_PER_SECOND);
        var child =
                new ChildProcess(
                        job,
                        command,
                        sandbox,
                        new Sandbox.View(List.of(programs.folder()), parts, folder),
                        new ChildLimits(limit, limit, limit, 2 * bytes + (64L << 20), 4L << 30));
        ChildOutcome outcome = child.run(_ -> {}, cancelled);
        if (outcome instanceof ChildOutcome.Ended(ChildOutcome.Reason reason, List<String> lines)) {
            throw new TranscodeFailedException(
                    reason == ChildOutcome.Reason.CANCELLED ? "CANCELLED" : "HUNG",
                    "ffmpeg was ended: " + reason + ' ' + FfmpegMessages.last(lines, listFile),
                    false);
        }
        if (!(outcome instanceof ChildOutcome.Exited(int code, List<String> lines)
                && code == 0
                && lines != null
                && Files.exists(output))) {
            throw new TranscodeFailedException(
                    "FFMPEG_FAILED",
                    "the files cannot be joined: "
                            + FfmpegMessages.last(outcome.lastErrorLines(), listFile),
                    false);
        }
    }
}
