package io.millrace.batch.probe;

import io.millrace.batch.probe.UnusableMediaException.Reason;
import io.millrace.storage.process.ChildLimits;
import io.millrace.storage.process.ChildOutcome;
import io.millrace.storage.process.ChildProcess;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Looks at a file: container by its bytes, then ffprobe with that one demuxer, in the sandbox.
/// Immutable; calls block.
public final class MediaProbe {
    private static final int MAX_ANSWER_CHARS = 1 << 20;

    private final FfmpegPrograms programs;
    private final Sandbox sandbox;

    public MediaProbe(FfmpegPrograms programs, Sandbox sandbox) {
        this.programs = programs;
        this.sandbox = sandbox;
    }

    /// @param job for the log
    /// @param workFolder empty or not, the child's working folder
    /// @throws UnusableMediaException with a text for the uploader
    /// @throws ProbeFailedException when ffprobe did not do its work; a later try may succeed
    public MediaReport probe(String job, Path file, Path workFolder, BooleanSupplier cancelled)
            throws IOException, InterruptedException, UnusableMediaException, ProbeFailedException {
        ContainerFormat container = sniff(file);
        if (container == ContainerFormat.MP4) {
            Mp4Completeness.check(file);
        }
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-v", "error", "-hide_banner"));
        arguments.addAll(inputOptions(container));
        arguments.addAll(
                List.of("-show_format", "-show_streams", "-of", "json", "-i", "file:" + file));
        StringBuilder json = new StringBuilder();
        run(
                job,
                arguments,
                file,
                workFolder,
                line -> {
                    if (json.length() < MAX_ANSWER_CHARS) {
                        json.append(line).append('\n');
                    }
                },
                cancelled);
        MediaReport report = FfprobeJson.read(json.toString(), container, Files.size(file));
        if (report.durationMs() == 0 && !container.isStillImage()) {
            report = report.withDuration(scanDuration(job, file, report, workFolder, cancelled));
        }
        if (report.durationMs() <= 0 && !container.isStillImage()) {
            throw new UnusableMediaException(
                    Reason.NO_DURATION, "the file has no frames: its duration is 0");
        }
        MediaReport.Video video = report.video();
        if (video != null && video.frameRate() == 0 && report.durationMs() > 0) {
            double rate = countFrameRate(job, file, report, video, workFolder, cancelled);
            report = report.withVideo(video.withFrameRate(rate));
        }
        return report;
    }

    /// The container by the first bytes.
    public static ContainerFormat sniff(Path file) throws IOException, UnusableMediaException {
        try (InputStream in = Files.newInputStream(file)) {
            return ContainerSniffer.sniff(in.readNBytes(ContainerSniffer.HEAD_BYTES));
        }
    }

    /// What stands before `-i` whenever ffmpeg or ffprobe reads a file from outside.
    public static List<String> inputOptions(ContainerFormat container) {
        return List.of(
                "-protocol_whitelist",
                "file,pipe",
                "-format_whitelist",
                container.whitelist(),
                "-f",
                container.demuxer());
    }

    /// Browsers' recordings don't say how long they are: the packets do.
    private long scanDuration(
            String job, Path file, MediaReport report, Path workFolder, BooleanSupplier cancelled)
            throws IOException, InterruptedException, UnusableMediaException, ProbeFailedException {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-v", "error", "-hide_banner"));
        arguments.addAll(inputOptions(report.container()));
        arguments.addAll(
                List.of(
                        "-show_entries",
                        "packet=pts_time,duration_time",
                        "-of",
                        "csv=p=0",
                        "-i",
                        "file:" + file));
        double[] range = {Double.MAX_VALUE, 0};
        run(
                job,
                arguments,
                file,
                workFolder,
                line -> {
                    String[] fields = line.split(",", -1);
                    try {
                        double start = Double.parseDouble(fields[0]);
                        double length =
                                fields.length > 1
                                                && !fields[1].isEmpty()
                                                && fields[1].charAt(0) != 'N'
                                        ? Double.parseDouble(fields[1])
                                        : 0;
                        range[0] = Math.min(range[0], start);
                        range[1] = Math.max(range[1], start + length);
                    } catch (NumberFormatException _) {
                        // A packet without a time.
                    }
                },
                cancelled);
        return range[1] > range[0] ? Math.round((range[1] - range[0]) * 1000) : 0;
    }

    /// Where the container does not say how often its picture changes, its packets are counted.
    private double countFrameRate(
            String job,
            Path file,
            MediaReport report,
            MediaReport.Video video,
            Path workFolder,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, UnusableMediaException, ProbeFailedException {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("-v", "error", "-hide_banner"));
        arguments.addAll(inputOptions(report.container()));
        arguments.addAll(List.of("-select_streams", Integer.toString(video.index())));
        arguments.addAll(List.of("-count_packets", "-show_entries", "stream=nb_read_packets"));
        arguments.addAll(List.of("-of", "csv=p=0", "-i", "file:" + file));
        long[] packets = {0};
        run(
                job,
                arguments,
                file,
                workFolder,
                line -> {
                    String digits = line.replace(",", "").strip();
                    if (digits.matches("[0-9]{1,12}")) {
                        packets[0] = Long.parseLong(digits);
                    }
                },
                cancelled);
        double rate = packets[0] * 1000.0 / report.durationMs();
        return Math.round(rate * 1000) / 1000.0;
    }

    private void run(
            String job,
            List<String> arguments,
            Path file,
            Path workFolder,
            Consumer<String> output,
            BooleanSupplier cancelled)
            throws IOException, InterruptedException, UnusableMediaException, ProbeFailedException {
        List<String> command = new ArrayList<>();
        command.add(programs.ffprobe().toString());
        command.addAll(arguments);
        ChildProcess child =
                new ChildProcess(
                        job,
                        command,
                        sandbox,
                        new Sandbox.View(List.of(programs.folder()), List.of(file), workFolder),
                        ChildLimits.brief());
        switch (child.run(output, cancelled)) {
            case ChildOutcome.Exited(int code, List<String> _) when code == 0 -> {}
            case ChildOutcome.Exited(int code, List<String> lines) -> {
                if (code > 128
                        || lines.isEmpty()
                        || lines.stream().anyMatch(FfmpegMessages::isOurs)) {
                    throw new ProbeFailedException(
                            "ffprobe ended with " + code + ": " + FfmpegMessages.last(lines, file));
                }
                throw new UnusableMediaException(
                        Reason.DAMAGED, "the file is damaged: " + FfmpegMessages.last(lines, file));
            }
            case ChildOutcome.Ended(ChildOutcome.Reason reason, List<String> lines) ->
                    throw new ProbeFailedException(
                            "ffprobe was ended: "
                                    + reason
                                    + ' '
                                    + FfmpegMessages.last(lines, file));
        }
    }
}
