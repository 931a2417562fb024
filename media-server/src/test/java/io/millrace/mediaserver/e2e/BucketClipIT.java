package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.s3.S3Settings;
import io.millrace.storage.testing.S3Server;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import tools.jackson.databind.JsonNode;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A part of a running stream becomes an entry where the storage is a bucket: one node records, on
/// its own disk, and another one cuts.
class BucketClipIT {
    private static final Pattern PARTNER = Pattern.compile("Partner +(\\d+)");
    private static final Pattern ADMIN_SECRET = Pattern.compile("Admin secret +(\\w+)");

    @TempDir Path folder;

    private static ConditionFactory await() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(250));
    }

    private static List<String> arguments(S3Settings bucket, String roles, String... settings) {
        var arguments = new ArrayList<String>(List.of("--roles", roles));
        var all =
                new ArrayList<String>(
                        List.of(
                                "cluster.secret=0123456789abcdef0123456789abcdef",
                                "storage.type=s3",
                                "storage.s3.endpoint=" + bucket.endpoint(),
                                "storage.s3.bucket=" + bucket.bucket(),
                                "storage.s3.path-style=true",
                                "storage.s3.access-key=" + bucket.accessKey(),
                                "storage.s3.secret-key=" + bucket.secretKey()));
        all.addAll(List.of(settings));
        for (String setting : all) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    @Test
    void anotherNodeCutsWhatOneRecords() throws Exception {
        String jar = System.getProperty("s3proxy.jar", "../storage/target/s3proxy/s3proxy.jar");
        Assumptions.assumeTrue(Files.isRegularFile(Path.of(jar)), "skipped: no " + jar);
        MillraceProcess.launcher();
        System.setProperty("s3proxy.jar", jar);
        Path clip = Ffmpeg.clip(folder.resolve("clip.mp4"), 10, 320, 180);
        int apiPorts = MillraceProcess.freePortBase();
        try (S3Server s3 = S3Server.start(Files.createDirectory(folder.resolve("s3")))) {
            S3Settings bucket = s3.settings(s3.newBucket());
            try (var api =
                    MillraceProcess.serve(
                            folder.resolve("api"),
                            apiPorts,
                            arguments(bucket, "api,search,delivery,batch", "node.name=api-1")
                                    .toArray(String[]::new))) {
                int livePorts = MillraceProcess.freePortBase();
                try (var _ =
                        MillraceProcess.serve(
                                folder.resolve("live"),
                                livePorts,
                                arguments(
                                                bucket,
                                                "live",
                                                "node.name=live-1",
                                                "cluster.api=" + api.base(),
                                                "cluster.node-url=http://127.0.0.1:" + livePorts)
                                        .toArray(String[]::new))) {
                    clipOf(s3, bucket.bucket(), api, clip, livePorts + 2);
                }
            }
        }
    }

    private void clipOf(S3Server s3, String bucket, MillraceProcess api, Path clip, int rtmpPort)
            throws Exception {
        await().until(() -> api.output().contains("Ctrl-C"));
        Api admin =
                Api.admin(
                        api.base(),
                        Integer.parseInt(printed(api, PARTNER)),
                        printed(api, ADMIN_SECRET));
        JsonNode live =
                admin.call(
                        "liveStream.add",
                        Map.of(
                                "liveStreamEntry",
                                Map.of("objectType", "KalturaLiveStreamEntry", "name", "Far")));
        String liveId = live.path("id").asString();
        String[] url = live.path("primaryBroadcastingUrl").asString().split("\\?", 2);
        Process publisher =
                Ffmpeg.publish(
                        clip,
                        "rtmp://127.0.0.1:" + rtmpPort + "/kLive/" + liveId + "_1?" + url[1],
                        folder.resolve("publisher.log"));
        try {
            await().until(() -> admin.call("liveStream.isLive", Map.of("id", liveId)).asBoolean());
            // A segment that is whole is recorded a second later.
            await().until(() -> segments(api, liveId) > 2);
            JsonNode entry = clipped(admin, liveId);
            await().untilAsserted(
                            () -> {
                                JsonNode now = entry(admin, entry);
                                assertThat(now.path("status").asInt(-9))
                                        .as(now.toString())
                                        .isEqualTo(2);
                            });
            assertThat(api.output()).contains("bytes so far, read from http://127.0.0.1:");
            // All the time there was nothing of it in the bucket, and nothing but the clip came.
            assertThat(s3.client().listObjectsV2(b -> b.bucket(bucket)).contents())
                    .isNotEmpty()
                    .noneMatch(object -> object.key().contains("recording"));
            String hls =
                    api.base()
                            + "/p/"
                            + printed(api, PARTNER)
                            + "/playManifest/entryId/"
                            + entry.path("id").asString()
                            + "/format/applehttp";
            Ffmpeg.decode(hls);
            assertThat(Ffmpeg.facts(hls).durationSeconds()).isBetween(1.8, 4.2);
        } finally {
            publisher.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
        }
    }

    private int segments(MillraceProcess api, String liveId) throws Exception {
        String master =
                MillraceProcess.get(
                                api.base()
                                        + "/p/"
                                        + printed(api, PARTNER)
                                        + "/playManifest/entryId/"
                                        + liveId
                                        + "/format/applehttp")
                        .flatMap(reply -> reply.headers().firstValue("Location").stream())
                        .findFirst()
                        .orElse("");
        return master.isEmpty()
                ? 0
                : MillraceProcess.body(master.replaceAll("master.*", "v1.m3u8"))
                                .split("#EXTINF", -1)
                                .length
                        - 1;
    }

    private static JsonNode entry(Api admin, JsonNode entry) throws Exception {
        return admin.call("media.get", Map.of("entryId", entry.path("id").asString()));
    }

    private static JsonNode clipped(Api admin, String liveId) throws Exception {
        JsonNode entry =
                admin.call(
                        "media.add",
                        Map.of(
                                "entry",
                                Map.of(
                                        "objectType",
                                        "KalturaMediaEntry",
                                        "name",
                                        "Near",
                                        "mediaType",
                                        1)));
        Map<String, Object> resource =
                Map.of(
                        "objectType",
                        "KalturaOperationResource",
                        "resource",
                        Map.of("objectType", "KalturaEntryResource", "entryId", liveId),
                        "operationAttributes",
                        List.of(
                                Map.of(
                                        "objectType",
                                        "KalturaClipAttributes",
                                        "offset",
                                        1000,
                                        "duration",
                                        2000)));
        JsonNode taken =
                admin.call(
                        "media.addContent",
                        Map.of("entryId", entry.path("id").asString(), "resource", resource));
        assertThat(taken.path("id").asString("")).as(taken.toString()).isNotEmpty();
        return entry;
    }

    private static String printed(MillraceProcess millrace, Pattern pattern) throws Exception {
        Matcher matcher = pattern.matcher(millrace.output());
        assertThat(matcher.find()).as(millrace.output()).isTrue();
        return matcher.group(1);
    }
}
