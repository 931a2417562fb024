package io.millrace.batch.probe;

import java.nio.file.Path;
import java.util.List;

/// Makes of ffmpeg's last lines one that can be shown: without addresses of its objects and without
/// the path of our file. Stateless.
public final class FfmpegMessages {
    private static final int LONGEST = 300;

    private FfmpegMessages() {}

    /// Whether a line speaks of this machine, not of the file: another try may do better.
    public static boolean isOurs(String line) {
        return line.startsWith("bwrap:")
                || line.startsWith("prlimit:")
                || line.contains("Cannot allocate memory")
                || line.contains("No space left on device")
                || line.contains("error while loading shared libraries")
                || line.contains("Permission denied")
                || line.contains("No such file or directory")
                || line.contains("Input/output error");
    }

    public static String last(List<String> lines, Path file) {
        return lines.stream()
                .skip(Math.max(0, lines.size() - 3))
                .map(
                        line ->
                                line.replaceAll("\\[([A-Za-z0-9_,#:/]+) @ 0x[0-9a-f]+]", "[$1]")
                                        .replace("file:" + file, "the file")
                                        .replace(file.toString(), "the file")
                                        .strip())
                .filter(line -> !line.isEmpty())
                .reduce((a, b) -> a + "; " + b)
                .map(text -> text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text)
                .orElse("it said nothing");
    }
}
