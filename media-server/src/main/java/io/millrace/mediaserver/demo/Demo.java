package io.millrace.mediaserver.demo;

import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.MediaEntry;
import io.millrace.platformapi.model.MediaType;
import io.millrace.platformapi.model.RecordStatus;
import io.millrace.platformapi.model.UploadToken;
import io.millrace.platformapi.model.UploadedFileTokenResource;
import io.millrace.platformapi.model.Work;
import io.millrace.platformapi.model.WorkListResponse;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/// Pushes files through the whole path as any program would: upload in chunks, an entry, its
/// content, and then it watches the jobs. One thread.
public final class Demo {
    private static final long CHUNK_BYTES = 8L << 20;

    private final PlatformClient platform;
    private final PrintWriter out;
    private final boolean terminal;

    /// @param terminal whether `out` is one, and a bar can move
    public Demo(PlatformClient platform, PrintWriter out, boolean terminal) {
        this.platform = platform;
        this.out = out;
        this.terminal = terminal;
    }

    /// An upload or a conversion failed; the message says why, for people.
    public static final class DemoException extends Exception {
        DemoException(String message) {
            super(message);
        }
    }

    /// Makes an entry of a file and waits until it is ready.
    ///
    /// @return the ready entry's id
    public String publish(Path file)
            throws DemoException, ApiClientException, IOException, InterruptedException {
        String name = Objects.requireNonNull(file.getFileName(), "file name").toString();
        out.println(name);
        String token = upload(file, name);
        var entry = new MediaEntry();
        entry.name = name.replaceFirst("\\.[^.]*$", "");
        entry.mediaType = MediaType.VIDEO;
        entry.tags = "demo";
        entry = platform.call("media.add", Map.of("entry", entry), MediaEntry.class);
        String entryId = Objects.requireNonNull(entry.id, "entry id");
        var resource = new UploadedFileTokenResource();
        resource.token = token;
        platform.call(
                "media.addContent",
                Map.of("entryId", entryId, "resource", resource),
                MediaEntry.class);
        awaitReady(entryId);
        return entryId;
    }

    /// A live entry to publish to.
    public LiveStreamEntry liveEntry(String name, boolean record)
            throws ApiClientException, IOException, InterruptedException {
        var entry = new LiveStreamEntry();
        entry.name = name;
        entry.mediaType = MediaType.LIVE_STREAM_FLASH;
        entry.recordStatus = record ? RecordStatus.PER_SESSION : RecordStatus.DISABLED;
        entry.tags = "demo";
        return platform.call(
                "liveStream.add",
                Map.of("liveStreamEntry", entry, "sourceType", "32"),
                LiveStreamEntry.class);
    }

    private String upload(Path file, String name)
            throws ApiClientException, IOException, InterruptedException {
        long size = Files.size(file);
        var wanted = new UploadToken();
        wanted.fileName = name;
        wanted.fileSize = (double) size;
        UploadToken token =
                platform.call("uploadToken.add", Map.of("uploadToken", wanted), UploadToken.class);
        String id = Objects.requireNonNull(token.id, "token id");
        var line = new ProgressLine(out, terminal, "  upload");
        long offset = 0;
        do {
            long length = Math.min(CHUNK_BYTES, size - offset);
            boolean last = offset + length == size;
            platform.upload(
                    "uploadToken.upload",
                    Map.of(
                            "uploadTokenId",
                            id,
                            "resume",
                            offset > 0,
                            "finalChunk",
                            last,
                            "resumeAt",
                            offset > 0 ? offset : -1),
                    "fileData",
                    name,
                    file,
                    offset,
                    length,
                    UploadToken.class);
            offset += length;
            line.update(
                    (int) (offset * 100 / Math.max(1, size)),
                    megabytes(offset) + " of " + megabytes(size));
        } while (offset < size);
        line.done(megabytes(size));
        return id;
    }

    private static String megabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    private void awaitReady(String entryId)
            throws DemoException, ApiClientException, IOException, InterruptedException {
        var line = new ProgressLine(out, terminal, "  process");
        long started = System.nanoTime();
        while (true) {
            MediaEntry entry =
                    platform.call("media.get", Map.of("entryId", entryId), MediaEntry.class);
            int status = Integer.parseInt(Objects.requireNonNullElse(entry.status, "1"));
            List<Work> jobs = jobs(entryId);
            if (status == EntryStatus.READY) {
                long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started);
                line.done("ready after " + seconds + " s");
                return;
            }
            if (status < 0) {
                line.failed();
                throw new DemoException(entry.name + " could not be converted: " + reason(jobs));
            }
            line.update(percent(jobs), text(jobs));
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }

    private List<Work> jobs(String entryId)
            throws ApiClientException, IOException, InterruptedException {
        WorkListResponse list =
                platform.call(
                        "job.list",
                        Map.of("filter", Map.of("entryIdEqual", entryId)),
                        WorkListResponse.class);
        return list.objects == null ? List.of() : list.objects;
    }

    /// The probe counts little; conversions and the thumbnail share the rest.
    private static int percent(List<Work> jobs) {
        if (jobs.size() < 2) {
            return 1;
        }
        int sum = 0;
        for (Work job : jobs) {
            sum +=
                    "finished".equalsIgnoreCase(job.state)
                            ? 100
                            : Objects.requireNonNullElse(job.progress, 0);
        }
        return Math.min(99, sum / jobs.size());
    }

    private static String text(List<Work> jobs) {
        for (Work job : jobs) {
            if ("running".equalsIgnoreCase(job.state)) {
                String detail =
                        job.message == null || job.message.isEmpty() ? "" : ": " + job.message;
                return job.kind + detail;
            }
        }
        return "waiting";
    }

    private static String reason(List<Work> jobs) {
        for (Work job : jobs) {
            @Nullable String message = job.errorMessage;
            if (message != null && !message.isEmpty()) {
                return message;
            }
        }
        return "no reason was given";
    }
}
