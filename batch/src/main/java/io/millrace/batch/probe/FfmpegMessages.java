package io.millrace.batch.probe;

import java.nio.file.Path;
import java.util.List;

/// Makes of ffmpeg's last lines one that can be shown: without addresses of its objects and without
/// the path of our file. Stateless.
public final class FfmpegMessages {
    private static final int LONGEST = 300;

    private FfmpegMessages() {}

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
