package io.millrace.platformapi;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// A worker that talks to the real queue and stores real objects under the keys it is given; only
/// the encoder is missing, which is the batch module's.
public final class Worker {
    private final PlatformHarness harness;

    public Worker(PlatformHarness harness) {
        this.harness = harness;
    }

    /// Leases the next job of an entry; others' jobs are not ours to take in a shared database, so
    /// they are asked for by kind until ours comes and done on the way.
    public JsonNode lease(String entryId, String kinds) {
        for (int i = 0; i < 200; i++) {
            JsonNode jobs =
                    harness.ok(
                            PlatformHarness.batch(),
                            "job.lease",
                            Map.of("workerName", "worker", "kinds", kinds, "maxJobs", 1));
            if (jobs.isEmpty()) {
                break;
            }
            JsonNode job = jobs.get(0);
            if (job.get("entryId").asString().equals(entryId)) {
                return job;
            }
            fail(job, "TEST", "another test's", true);
        }
        throw new AssertionError("no job of entry " + entryId);
    }

    public JsonNode complete(JsonNode job, Map<String, ?> result) {
        return harness.call(
                PlatformHarness.batch(),
                "job.complete",
                Map.of(
                        "jobId", job.get("id").asLong(),
                        "fence", job.get("fence").asLong(),
                        "result", result));
    }

    public JsonNode fail(JsonNode job, String code, String message, boolean permanent) {
        return harness.call(
                PlatformHarness.batch(),
                "job.fail",
                Map.of(
                        "jobId", job.get("id").asLong(),
                        "fence", job.get("fence").asLong(),
                        "errorCode", code,
                        "message", message,
                        "permanent", permanent));
    }

    public void store(JsonNode job) {
        try {
            Path file = harness.blobs.newStagingFolder("work").resolve("out");
            Files.writeString(file, "media of job " + job.get("id"));
            harness.blobs.publish(
                    file, io.millrace.storage.blob.BlobKey.of(job.get("targetKey").asString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Map<String, Object> probed(int width, int height) {
        var result = new LinkedHashMap<String, Object>();
        result.put("objectType", "KalturaProbeResult");
        result.put("containerFormat", "mp4");
        result.put("durationMs", 12_345);
        result.put("sizeBytes", 1_000_000);
        result.put("bitrateKbps", 8000);
        result.put("videoCodec", "h264");
        result.put("width", width);
        result.put("height", height);
        result.put("frameRate", 25.0);
        result.put("audioCodec", "aac");
        result.put("audioChannels", 2);
        return result;
    }

    /// Does every job of the entry well.
    public void doAll(String entryId, int width, int height) {
        complete(lease(entryId, "probe"), probed(width, height));
        finish(entryId);
    }

    public void finish(String entryId) {
        while (true) {
            JsonNode waiting =
                    harness.ok(
                            PlatformHarness.batch(),
                            "job.list",
                            Map.of(
                                    "filter",
                                    Map.of("entryIdEqual", entryId, "stateEqual", "PENDING")));
            if (waiting.get("totalCount").asInt() == 0) {
                return;
            }
            JsonNode job = lease(entryId, "convert,thumbnail");
            store(job);
            boolean picture = job.get("kind").asString().equals("thumbnail");
            complete(
                    job,
                    picture
                            ? Map.of(
                                    "objectType", "KalturaThumbnailResult",
                                    "width", 640,
                                    "height", 360,
                                    "sizeBytes", 5000)
                            : Map.of(
                                    "objectType",
                                    "KalturaConvertResult",
                                    "containerFormat",
                                    "mp4",
                                    "sizeBytes",
                                    100_000,
                                    "bitrateKbps",
                                    600,
                                    "videoCodec",
                                    "h264",
                                    "durationMs",
                                    12_345));
        }
    }
}
