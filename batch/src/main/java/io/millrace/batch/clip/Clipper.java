package io.millrace.batch.clip;

import io.millrace.batch.join.FragmentedMovie;
import io.millrace.batch.join.Joiner;
import io.millrace.batch.transcode.TranscodeFailedException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/// Takes a part out of a recording: the fragments that it lies in are copied, and joined into one
/// MP4 with its index in front. The clip begins at the last fragment that starts with a key frame
/// at or before the moment asked for, a segment earlier at most, and ends with the frame at its
/// end. Immutable; calls block.
public final class Clipper {
    private static final Logger log = LoggerFactory.getLogger(Clipper.class);

    /// Times are told in milliseconds by people.
    private static final long TOLERANCE_MS = 1000;

    private static final long COPIED_AT_ONCE = 64L << 20;

    private final Joiner joiner;

    public Clipper(Joiner joiner) {
        this.joiner = joiner;
    }

    /// @param parts the recording's files, one behind the other; the last may still grow
    /// @param offsetMs from the first one's beginning
    /// @param durationMs 0: to the end of what there is
    /// @param output in a folder of its own
    public void clip(
            String job,
            List<Path> parts,
            long offsetMs,
            long durationMs,
            Path output,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, TranscodeFailedException {
        Path folder = output.toAbsolutePath().getParent();
        if (folder == null) {
            throw new IllegalArgumentException("output: " + output + " (expected: in a folder)");
        }
        long end = durationMs <= 0 ? Long.MAX_VALUE : offsetMs + durationMs;
        List<Path> cut = new ArrayList<>();
        List<Long> lengths = new ArrayList<>();
        long before = 0;
        long begins = -1;
        for (Path part : parts) {
            try (FileChannel in = FileChannel.open(part, StandardOpenOption.READ)) {
                FragmentedMovie movie = read(in, part);
                long from = Math.max(0, offsetMs - before);
                long length = movie.endMs() - movie.startMs();
                if (offsetMs < before + length && before < end) {
                    Path file = folder.resolve("cut-" + cut.size() + ".mp4");
                    long startMs = movie.keyMs(from);
                    long endMs = copy(in, movie, startMs, end - before, file, cancelled);
                    begins = begins < 0 ? before + startMs : begins;
                    cut.add(file);
                    lengths.add(endMs - startMs);
                }
                before += length;
            }
        }
        if (begins < 0) {
            throw beyond("begins at " + seconds(offsetMs), before);
        }
        if (durationMs > 0 && end > before + TOLERANCE_MS) {
            throw beyond("ends at " + seconds(end), before);
        }
        log.info("{}: a clip from {} of {}", job, seconds(begins), seconds(before));
        joiner.join(
                job,
                cut,
                lengths,
                durationMs <= 0 ? null : Duration.ofMillis(end - begins),
                output,
                cancelled);
        for (Path file : cut) {
            Files.delete(file);
        }
    }

    private static FragmentedMovie read(FileChannel in, Path part) throws TranscodeFailedException {
        try {
            return FragmentedMovie.read(in);
        } catch (IOException | IndexOutOfBoundsException | BufferUnderflowException e) {
            throw new TranscodeFailedException(
                    "CLIP_SOURCE",
                    part.getFileName() + " is no recording that can be cut: " + e.getMessage(),
                    false);
        }
    }

    /// @param startMs and `toMs` from the movie's beginning
    /// @return where it ends
    private static long copy(
            FileChannel in,
            FragmentedMovie movie,
            long startMs,
            long toMs,
            Path file,
            BooleanSupplier cancelled)
            throws IOException, TranscodeFailedException {
        long base = movie.startMs();
        long start = base + startMs;
        long end = start;
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            transfer(in, 0, movie.headBytes(), out, cancelled);
            for (FragmentedMovie.Fragment fragment : movie.fragments()) {
                // Sound is cut to its frames: some 20 ms off the picture.
                boolean late =
                        fragment.leading()
                                ? fragment.startMs() >= start
                                : fragment.startMs() + fragment.endMs() >= 2 * start;
                if (late && fragment.startMs() - base < toMs) {
                    transfer(in, fragment.offset(), fragment.length(), out, cancelled);
                    end = Math.max(end, fragment.endMs());
                }
            }
        }
        return end - base;
    }

    private static void transfer(
            FileChannel in, long offset, long length, FileChannel out, BooleanSupplier cancelled)
            throws IOException, TranscodeFailedException {
        long end = offset + length;
        long at = offset;
        while (at < end) {
            if (cancelled.getAsBoolean()) {
                throw new TranscodeFailedException("CANCELLED", "cancelled", false);
            }
            long copied = in.transferTo(at, Math.min(COPIED_AT_ONCE, end - at), out);
            if (copied <= 0) {
                throw new IOException("the file ends at " + at + " (expected: " + end + ")");
            }
            at += copied;
        }
    }

    private static TranscodeFailedException beyond(String what, long lengthMs) {
        return new TranscodeFailedException(
                "CLIP_BEYOND_END",
                "the clip " + what + ", but " + seconds(lengthMs) + " are recorded so far",
                true);
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.1f s", ms / 1000.0);
    }
}
