package io.millrace.batch.worker;

import io.millrace.batch.clip.Clipper;
import io.millrace.batch.join.Joiner;
import io.millrace.batch.probe.MediaProbe;
import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.probe.ProbeFailedException;
import io.millrace.batch.probe.UnusableMediaException;
import io.millrace.batch.thumbnail.Thumbnailer;
import io.millrace.batch.transcode.Rendition;
import io.millrace.batch.transcode.TranscodeFailedException;
import io.millrace.batch.transcode.TranscodeSettings;
import io.millrace.batch.transcode.Transcoder;
import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.WorkKind;
import io.millrace.platformapi.model.WorkParameters;
import io.millrace.platformapi.model.WorkResult;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.process.FfmpegPrograms;
import io.millrace.storage.process.Sandbox;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/// Does a job: from its source in the store to its result, the output published. Immutable; calls
/// block.
final class JobSteps {
    private static final int DEFAULT_THUMBNAIL_WIDTH = 640;
    private static final int MAX_FRAME_RATE = 60;
    private static final String SOURCE_MISSING = "SOURCE_MISSING";

    private final BlobStore store;
    private final SourcesElsewhere elsewhere;
    private final MediaProbe probe;
    private final Transcoder transcoder;
    private final Thumbnailer thumbnailer;
    private final Joiner joiner;
    private final Clipper clipper;

    JobSteps(
            BlobStore store,
            SourcesElsewhere elsewhere,
            FfmpegPrograms programs,
            Sandbox sandbox,
            TranscodeSettings settings) {
        this.store = store;
        this.elsewhere = elsewhere;
        this.probe = new MediaProbe(programs, sandbox);
        this.transcoder = new Transcoder(programs, sandbox, settings);
        this.thumbnailer = new Thumbnailer(programs, sandbox);
        this.joiner = new Joiner(programs, sandbox);
        this.clipper = new Clipper(joiner);
    }

    /// A job that came to a bad end.
    static final class FailedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient JobFailure failure;

        FailedException(JobFailure failure) {
            super(failure.message());
            this.failure = failure;
        }

        JobFailure failure() {
            return failure;
        }
    }

    /// What a finished job hands over. Publishing comes last, when the lease was checked once more.
    ///
    /// @param output null when the job makes no file
    record Done(WorkResult result, @Nullable Path output, @Nullable BlobKey target) {}

    /// Does everything but the publication.
    ///
    /// @param folder for the output; ffmpeg sees nothing else of the disk that it can write
    Done run(
            String job, BatchWork work, Path folder, IntConsumer percent, BooleanSupplier cancelled)
            throws IOException, InterruptedException, FailedException {
        Map<String, String> parameters = work.parameters == null ? Map.of() : work.parameters;
        try {
            if (WorkKind.CLIP.equals(work.kind)) {
                return clip(job, work, parameters, folder, cancelled);
            }
            Path source = source(key("sourceKey", work.sourceKey), folder, cancelled);
            MediaReport report = probe.probe(job, source, folder, cancelled);
            return switch (String.valueOf(work.kind)) {
                case WorkKind.PROBE -> new Done(WorkResults.probe(report), null, null);
                case WorkKind.CONVERT -> {
                    BlobKey target = key("targetKey", work.targetKey);
                    Path output = folder.resolve("output.mp4");
                    MediaReport made =
                            transcoder.transcode(
                                    job,
                                    source,
                                    report,
                                    rendition(parameters, report),
                                    output,
                                    percent,
                                    cancelled);
                    yield new Done(WorkResults.convert(made), output, target);
                }
                case WorkKind.THUMBNAIL -> {
                    BlobKey target = key("targetKey", work.targetKey);
                    Path output = folder.resolve("output.jpg");
                    Thumbnailer.Size size =
                            thumbnailer.make(
                                    job,
                                    source,
                                    report,
                                    number(
                                            parameters,
                                            WorkParameters.AT_MS,
                                            Thumbnailer.defaultMomentMs(report.durationMs())),
                                    (int)
                                            number(
                                                    parameters,
                                                    WorkParameters.MAX_WIDTH,
                                                    DEFAULT_THUMBNAIL_WIDTH),
                                    output,
                                    cancelled);
                    yield new Done(WorkResults.thumbnail(size, Files.size(output)), output, target);
                }
                case WorkKind.JOIN -> {
                    BlobKey target = key("targetKey", work.targetKey);
                    Path output =
                            folder.resolve(
                                    target.name().endsWith(".webm") ? "output.webm" : "output.mp4");
                    joiner.join(job, parts(parameters, folder, cancelled), output, cancelled);
                    MediaReport made = probe.probe(job, output, folder, cancelled);
                    yield new Done(WorkResults.probe(made), output, target);
                }
                default ->
                        throw failed(
                                "UNKNOWN_KIND",
                                "this worker does not know jobs of kind " + work.kind,
                                false);
            };
        } catch (UnusableMediaException e) {
            throw failed(e.reason().name(), String.valueOf(e.getMessage()), true);
        } catch (ProbeFailedException e) {
            throw failed("PROBE_FAILED", String.valueOf(e.getMessage()), false);
        } catch (TranscodeFailedException e) {
            throw failed(e.code(), String.valueOf(e.getMessage()), e.isPermanent());
        } catch (IllegalArgumentException e) {
            throw failed("BAD_PARAMETERS", String.valueOf(e.getMessage()), true);
        }
    }

    /// A recording may still grow, and is long: it is not probed, its clip is.
    private Done clip(
            String job,
            BatchWork work,
            Map<String, String> parameters,
            Path folder,
            BooleanSupplier cancelled)
            throws IOException,
                    InterruptedException,
                    FailedException,
                    TranscodeFailedException,
                    ProbeFailedException,
                    UnusableMediaException {
        BlobKey target = key("targetKey", work.targetKey);
        Path output = folder.resolve("output.mp4");
        clipper.clip(
                job,
                recorded(parameters, folder, cancelled),
                number(parameters, WorkParameters.OFFSET_MS, 0),
                number(parameters, WorkParameters.LENGTH_MS, 0),
                output,
                cancelled);
        return new Done(
                WorkResults.probe(probe.probe(job, output, folder, cancelled)), output, target);
    }

    /// What is recorded so far: what may grow on another node's disk too.
    private List<Path> recorded(
            Map<String, String> parameters, Path folder, BooleanSupplier cancelled)
            throws IOException, InterruptedException, FailedException {
        List<Path> parts = new ArrayList<>();
        String finished = parameters.getOrDefault(WorkParameters.PARTS, "");
        String growing = parameters.get(WorkParameters.GROWING);
        for (String part : finished.isEmpty() ? List.<String>of() : List.of(finished.split("\n"))) {
            parts.add(recorded(key("parts", part), parts.size(), folder, cancelled));
        }
        if (growing != null) {
            try {
                BlobKey key = key("growing", growing);
                parts.add(recorded(key, parts.size(), folder, cancelled));
            } catch (FailedException e) {
                // Nothing grows any more, or again.
                if (parts.isEmpty() || !e.failure().code().equals(SOURCE_MISSING)) {
                    throw e;
                }
            }
        }
        return parts;
    }

    private Path recorded(BlobKey key, int number, Path folder, BooleanSupplier cancelled)
            throws IOException, InterruptedException, FailedException {
        Path into = Files.createDirectory(folder.resolve("part-" + number));
        try {
            return source(key, into, cancelled);
        } catch (FailedException e) {
            Path copy = into.resolve("recording.mp4");
            if (e.failure().code().equals(SOURCE_MISSING) && elsewhere.copy(key, copy, cancelled)) {
                return copy;
            }
            throw e;
        }
    }

    private List<Path> parts(Map<String, String> parameters, Path folder, BooleanSupplier cancelled)
            throws IOException, FailedException {
        List<Path> parts = new ArrayList<>();
        for (String part : parameters.getOrDefault(WorkParameters.PARTS, "").split("\n")) {
            Path into = Files.createDirectory(folder.resolve("part-" + parts.size()));
            parts.add(source(key("parts", part), into, cancelled));
        }
        return parts;
    }

    /// Publishes the output; the same key again replaces the same bytes.
    void publish(Done done) throws IOException {
        if (done.output() != null && done.target() != null) {
            store.publish(done.output(), done.target());
        }
    }

    /// The source as a file that a child can read: the object itself where the store is a folder,
    /// else a copy.
    private Path source(BlobKey key, Path folder, BooleanSupplier cancelled)
            throws IOException, FailedException {
        try {
            Optional<Path> local = store.localPath(key);
            if (local.isPresent()) {
                if (!Files.isRegularFile(local.get())) {
                    throw new NoSuchFileException(key.toString());
                }
                return local.get().toRealPath();
            }
            Path copy = folder.resolve("source");
            try (BlobReader reader = store.open(key);
                    FileChannel out =
                            FileChannel.open(
                                    copy, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
                long at = 0;
                while (reader.read(buffer, at) > 0) {
                    if (cancelled.getAsBoolean()) {
                        throw failed("CANCELLED", "cancelled", false);
                    }
                    at += buffer.position();
                    buffer.flip();
                    while (buffer.hasRemaining()) {
                        out.write(buffer);
                    }
                    buffer.clear();
                }
            }
            return copy;
        } catch (NoSuchFileException _) {
            throw failed(SOURCE_MISSING, "the source " + key + " is not in the storage", false);
        }
    }

    static Rendition rendition(Map<String, String> parameters, MediaReport report) {
        Rendition.Video video = null;
        MediaReport.Video picture = report.video();
        if (picture != null
                && (parameters.containsKey(WorkParameters.HEIGHT)
                        || parameters.containsKey(WorkParameters.VIDEO_BITRATE_KBPS))) {
            video =
                    new Rendition.Video(
                            (int) number(parameters, WorkParameters.WIDTH, even(picture.width())),
                            (int) number(parameters, WorkParameters.HEIGHT, even(picture.height())),
                            (int) number(parameters, WorkParameters.VIDEO_BITRATE_KBPS, 2000),
                            MAX_FRAME_RATE);
        }
        Rendition.Audio audio = null;
        MediaReport.Audio sound = report.audio();
        if (sound != null && parameters.containsKey(WorkParameters.AUDIO_BITRATE_KBPS)) {
            audio =
                    new Rendition.Audio(
                            (int) number(parameters, WorkParameters.AUDIO_BITRATE_KBPS, 128),
                            (int)
                                    Math.clamp(
                                            number(
                                                    parameters,
                                                    WorkParameters.AUDIO_CHANNELS,
                                                    Math.min(2, sound.channels())),
                                            1,
                                            2),
                            sampleRate(
                                    number(parameters, WorkParameters.AUDIO_SAMPLE_RATE, 48_000)));
        }
        return new Rendition(
                video,
                audio,
                (int)
                        number(
                                parameters,
                                WorkParameters.GOP_SECONDS,
                                Rendition.DEFAULT_GOP_SECONDS));
    }

    private static int sampleRate(long wanted) {
        return wanted == 44_100 || wanted == 32_000 ? (int) wanted : 48_000;
    }

    private static int even(int side) {
        return side - side % 2;
    }

    private static long number(Map<String, String> parameters, String name, long absent) {
        String text = parameters.get(name);
        if (text == null || text.isEmpty()) {
            return absent;
        }
        try {
            return Math.round(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + ": " + text + " (expected: a number)", e);
        }
    }

    private static BlobKey key(String name, @Nullable String value) {
        if (value == null || !BlobKey.isValid(value)) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: a storage key)");
        }
        return BlobKey.of(value);
    }

    private static FailedException failed(String code, String message, boolean permanent) {
        return new FailedException(new JobFailure(code, message, permanent));
    }
}
