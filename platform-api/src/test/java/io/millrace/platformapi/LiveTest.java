package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.sign.StreamKey;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

class LiveTest {
    private final PlatformHarness harness = PlatformHarness.get();
    private final PlatformHarness.Tenant tenant = harness.tenant();
    private final String server = PlatformHarness.mediaServer();
    private String id;
    private String token;

    @BeforeEach
    void addStream() {
        JsonNode entry =
                harness.ok(
                        tenant.admin(),
                        "liveStream.add",
                        Map.of(
                                "liveStreamEntry",
                                Map.of(
                                        "objectType",
                                        "KalturaLiveStreamEntry",
                                        "name",
                                        "Show",
                                        "mediaType",
                                        201)));
        id = entry.get("id").asString();
        String url = entry.get("primaryBroadcastingUrl").asString();
        assertThat(url)
                .startsWith(
                        "rtmp://millrace.test:1935/kLive?p="
                                + tenant.id()
                                + "&e="
                                + id
                                + "&i=0&t=");
        token = url.substring(url.lastIndexOf('=') + 1);
        assertThat(entry.get("streamName").asString()).isEqualTo(id + "_%i");
        assertThat(entry.get("type").asInt()).isEqualTo(7);
        assertThat(entry.get("status").asInt()).isEqualTo(2);
        assertThat(entry.get("recordStatus").asInt()).isEqualTo(2);
    }

    private JsonNode media(String action, Map<String, ?> more) {
        var parameters = new HashMap<String, Object>(more);
        parameters.put("entryId", id);
        parameters.put("partnerId", tenant.id());
        parameters.putIfAbsent("hostname", "live-1");
        parameters.putIfAbsent("mediaServerIndex", "0");
        return harness.call(server, "liveStream." + action, parameters);
    }

    private boolean isLive() {
        return harness.ok("", "liveStream.isLive", Map.of("id", id)).asBoolean();
    }

    private String recording(String name) {
        String key = "content/live/" + id + "/" + name + "/0001.mp4";
        try (var blob = harness.blobs.append(BlobKey.of(key))) {
            blob.append(ByteBuffer.wrap(new byte[500]));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return key;
    }

    private JsonNode append(String key) {
        return append(key, key.split("/")[3]);
    }

    private JsonNode append(String key, String recordingId) {
        return media(
                "appendRecording",
                Map.of(
                        "assetId",
                        "1",
                        "resource",
                        Map.of("objectType", "KalturaServerFileResource", "localFilePath", key),
                        "duration",
                        12.5,
                        "isLastChunk",
                        true,
                        "recordingId",
                        recordingId));
    }

    private JsonNode recordings() {
        return harness.ok(
                tenant.admin(),
                "media.list",
                Map.of("filter", Map.of("rootEntryIdEqual", id, "statusIn", "-1,0,1,2,7")));
    }

    @Test
    void onlyTheRightKeyPublishes() {
        assertThat(media("authenticate", Map.of("token", token)).get("id").asString())
                .isEqualTo(id);
        assertThat(media("authenticate", Map.of("token", "wrong")).get("code").asString())
                .isEqualTo("LIVE_STREAM_INVALID_TOKEN");
        assertThat(
                        harness.call(
                                        tenant.admin(),
                                        "liveStream.authenticate",
                                        Map.of("entryId", id, "token", token))
                                .get("code")
                                .asString())
                .isEqualTo("SERVICE_FORBIDDEN");
        assertThat(harness.ok(tenant.widget(), "liveStream.get", Map.of("entryId", id)).toString())
                .doesNotContain(token);
    }

    @Test
    void temporaryKeysAreForOneAddressAndEndWithTheStreamsOwn() {
        String key =
                harness.ok(
                                tenant.admin(),
                                "liveStream.createTemporaryKey",
                                Map.of("entryId", id, "address", "192.0.2.1"))
                        .asString();
        assertThat(
                        media("authenticate", Map.of("token", key, "address", "192.0.2.1"))
                                .get("id")
                                .asString())
                .isEqualTo(id);
        for (String address : new String[] {"192.0.2.2", ""}) {
            assertThat(
                            media("authenticate", Map.of("token", key, "address", address))
                                    .get("code")
                                    .asString())
                    .isEqualTo("LIVE_STREAM_INVALID_TOKEN");
        }
        String past = StreamKey.temporary(token, id, Instant.now().minusSeconds(1), null);
        assertThat(media("authenticate", Map.of("token", past)).get("code").asString())
                .isEqualTo("LIVE_STREAM_TOKEN_EXPIRED");
        for (Map<String, ?> wrong :
                List.of(Map.of("address", "here"), Map.of("expiresIn", Integer.valueOf(-1)))) {
            var parameters = new HashMap<String, Object>(wrong);
            parameters.put("entryId", id);
            assertThat(
                            harness.call(
                                            tenant.admin(),
                                            "liveStream.createTemporaryKey",
                                            parameters)
                                    .get("code")
                                    .asString())
                    .isEqualTo("PROPERTY_VALIDATION_WRONG_FORMAT");
        }
        assertThat(
                        harness.call(
                                        tenant.widget(),
                                        "liveStream.createTemporaryKey",
                                        Map.of("entryId", id))
                                .get("code")
                                .asString())
                .isEqualTo("SERVICE_FORBIDDEN");
        harness.ok(tenant.admin(), "liveStream.regenerateStreamToken", Map.of("entryId", id));
        assertThat(
                        media("authenticate", Map.of("token", key, "address", "192.0.2.1"))
                                .get("code")
                                .asString())
                .isEqualTo("LIVE_STREAM_INVALID_TOKEN");
    }

    @Test
    void isLiveWhileAServerSaysSoAndItsRecordingBecomesAnEntry() {
        assertThat(isLive()).isFalse();
        assertThat(harness.get("/p/" + tenant.id() + "/playManifest/entryId/" + id).status())
                .isEqualTo(404);

        JsonNode entry = media("registerMediaServer", Map.of("address", "http://live-1:8080"));
        assertThat(entry.get("liveStatus").asInt()).isEqualTo(1);
        String recorded = entry.get("recordedEntryId").asString();
        assertThat(isLive()).isTrue();
        assertThat(
                        harness.get(
                                        "/p/"
                                                + tenant.id()
                                                + "/playManifest/entryId/"
                                                + id
                                                + "/format/applehttp")
                                .headers()
                                .get("Location"))
                .endsWith("/" + id + "/master.m3u8");
        media("registerMediaServer", Map.of());
        assertThat(recordings().get("totalCount").asInt()).isEqualTo(1);
        assertThat(
                        harness.call(tenant.admin(), "media.delete", Map.of("entryId", id))
                                .get("code")
                                .asString())
                .isEqualTo("CANNOT_DELETE_LIVE_ENTRY_WHILE_STREAMING");

        media("unregisterMediaServer", Map.of());
        assertThat(isLive()).isFalse();
        String key = recording("one");
        append(key);
        append(key);

        JsonNode found = recordings();
        assertThat(found.get("totalCount").asInt()).isEqualTo(1);
        JsonNode video = found.get("objects").get(0);
        assertThat(video.get("id").asString()).isEqualTo(recorded);
        assertThat(video.get("rootEntryId").asString()).isEqualTo(id);
        assertThat(video.get("sourceType").asInt()).isEqualTo(36);
        assertThat(video.get("name").asString()).isEqualTo("Show 1");
        new Worker(harness).doAll(recorded, 640, 360);
        assertThat(
                        harness.ok(
                                        tenant.widget(),
                                        "baseEntry.list",
                                        Map.of("filter", Map.of("redirectFromEntryId", id)))
                                .get("objects")
                                .get(0)
                                .get("id")
                                .asString())
                .isEqualTo(recorded);
    }

    @Test
    void aRecordingFoundAfterACrashNeedsNoRegistration() {
        append(recording("found"));
        append(recording("also"));
        assertThat(recordings().get("totalCount").asInt()).isEqualTo(2);
        assertThat(append("content/live/" + id + "/none/0001.mp4").get("code").asString())
                .isEqualTo("RESOURCE_NOT_FOUND");
        assertThat(append("../../etc/passwd").get("code").asString())
                .isEqualTo("RESOURCE_NOT_FOUND");
    }

    private String playManifest(String format) {
        return harness.get(
                        "/p/" + tenant.id() + "/playManifest/entryId/" + id + "/format/" + format)
                .headers()
                .getOrDefault("Location", "");
    }

    private void update(Map<String, ?> change) {
        var fields = new HashMap<String, Object>(change);
        fields.put("objectType", "KalturaLiveStreamEntry");
        harness.ok(
                tenant.admin(),
                "liveStream.update",
                Map.of("entryId", id, "liveStreamEntry", fields));
    }

    @Test
    void theEntrySaysWhetherItsPlayersGoBack() {
        JsonNode entry = media("authenticate", Map.of("token", token));
        assertThat(entry.get("dvrStatus").asInt()).isZero();
        update(Map.of("dvrStatus", 1, "dvrWindow", 30));
        entry = media("authenticate", Map.of("token", token));
        assertThat(entry.get("dvrStatus").asInt()).isEqualTo(1);
        assertThat(entry.get("dvrWindow").asInt()).isEqualTo(30);

        media("registerMediaServer", Map.of());
        assertThat(playManifest("applehttp")).endsWith("/" + id + "/master-dvr.m3u8");
        assertThat(playManifest("mpegdash")).endsWith("/" + id + "/manifest-dvr.mpd");
        media("unregisterMediaServer", Map.of());
        // Whether it is recorded is another thing.
        update(Map.of("recordStatus", 0));
        media("registerMediaServer", Map.of());
        assertThat(playManifest("applehttp")).endsWith("/" + id + "/master-dvr.m3u8");
        media("unregisterMediaServer", Map.of());
        update(Map.of("dvrStatus", 0));
        media("registerMediaServer", Map.of());
        assertThat(playManifest("applehttp")).endsWith("/" + id + "/master.m3u8");
        assertThat(playManifest("mpegdash")).endsWith("/" + id + "/manifest.mpd");
    }

    private void report(String recordingId, int status, boolean split) {
        assertThat(
                        media(
                                        "reportRecording",
                                        Map.of(
                                                "recordingId",
                                                recordingId,
                                                "status",
                                                status,
                                                "split",
                                                split,
                                                "reason",
                                                "No space left"))
                                .get("id")
                                .asString())
                .isEqualTo(id);
    }

    private JsonNode live() {
        return harness.ok(tenant.admin(), "liveStream.get", Map.of("entryId", id));
    }

    private JsonNode oneRecording() {
        JsonNode found = recordings();
        assertThat(found.get("totalCount").asInt()).isEqualTo(1);
        return found.get("objects").get(0);
    }

    @Test
    void aRecordingPlaysAsItIsBeforeItsRenditionsAreMade() {
        media("registerMediaServer", Map.of());
        report("r1", 2, false);
        media("unregisterMediaServer", Map.of());
        append(recording("r1"));
        String recorded = oneRecording().get("id").asString();
        var worker = new Worker(harness);
        worker.complete(worker.lease(recorded, "probe"), Worker.probed(640, 360));
        assertThat(oneRecording().get("status").asInt()).isEqualTo(2);
        var manifest =
                harness.get(
                        "/p/"
                                + tenant.id()
                                + "/playManifest/entryId/"
                                + recorded
                                + "/format/applehttp");
        assertThat(manifest.status()).isEqualTo(302);
        assertThat(manifest.headers().get("Location")).contains("content/live/" + id + "/r1/");
        worker.finish(recorded);
        assertThat(
                        harness.get(
                                        "/p/"
                                                + tenant.id()
                                                + "/playManifest/entryId/"
                                                + recorded
                                                + "/format/applehttp")
                                .headers()
                                .get("Location"))
                .contains("content/entry/");
    }

    @Test
    void aBroadcastThatGoesOnOnAnotherServerIsOneEntryOfAllItsFiles() {
        media("registerMediaServer", Map.of("hostname", "live-1"));
        report("r1", 2, false);
        // live-1 dies; the publisher turns to live-2 before anybody missed it.
        media("registerMediaServer", Map.of("hostname", "live-2"));
        report("r2", 2, false);
        append(recording("r1"));
        media("unregisterMediaServer", Map.of("hostname", "live-2"));
        String recorded = oneRecording().get("id").asString();
        append(recording("r2"));
        append(recording("r2"));
        assertThat(oneRecording().get("id").asString()).isEqualTo(recorded);
        var worker = new Worker(harness);
        JsonNode join = worker.lease(recorded, "join");
        assertThat(join.get("parameters").toString())
                .contains("content/live/" + id + "/r1/0001.mp4")
                .contains("content/live/" + id + "/r2/0001.mp4");
        worker.store(join);
        worker.complete(join, Worker.probed(640, 360));
        assertThat(oneRecording().get("status").asInt()).isEqualTo(2);
        assertThat(
                        harness.get(
                                        "/p/"
                                                + tenant.id()
                                                + "/playManifest/entryId/"
                                                + recorded
                                                + "/format/applehttp")
                                .headers()
                                .get("Location"))
                .contains(join.get("targetKey").asString().split("/")[3]);
        // Another day, another entry.
        media("registerMediaServer", Map.of());
        report("r3", 2, false);
        assertThat(recordings().get("totalCount").asInt()).isEqualTo(2);
    }

    @Test
    void aServerThatStopsInOrderLeavesItsBroadcastToTheNext() {
        media("registerMediaServer", Map.of());
        report("r1", 2, false);
        media("unregisterMediaServer", Map.of("resumable", true));
        append(recording("r1"));
        media("registerMediaServer", Map.of("hostname", "live-2"));
        report("r2", 2, false);
        assertThat(recordings().get("totalCount").asInt()).isEqualTo(1);
        // A split begins an entry of its own.
        report("r3", 2, true);
        assertThat(recordings().get("totalCount").asInt()).isEqualTo(2);
    }

    @Test
    void recordingsAreAppendedToOneEntryWhereTheLiveEntrySaysSo() {
        update(Map.of("recordStatus", 1));
        for (String recording : new String[] {"r1", "r2", "r3"}) {
            media("registerMediaServer", Map.of());
            report(recording, 2, false);
            media("unregisterMediaServer", Map.of());
            append(recording(recording));
        }
        String recorded = oneRecording().get("id").asString();
        JsonNode join = new Worker(harness).lease(recorded, "join");
        assertThat(join.get("parameters").toString()).contains("/r1/").contains("/r2/", "/r3/");
    }

    @Test
    void theOwnerSeesThatARecordingStandsStill() {
        media("registerMediaServer", Map.of());
        report("r1", 2, false);
        assertThat(live().get("recordingStatus").asInt()).isEqualTo(2);
        report("r1", 1, false);
        assertThat(live().get("recordingStatus").asInt()).isEqualTo(1);
        media("unregisterMediaServer", Map.of());
        assertThat(live().get("recordingStatus").asInt()).isZero();
    }

    private void tell(String hostName, Map<String, ?> report) {
        harness.ok(
                server,
                "liveStreamReport.tell",
                Map.of("hostName", hostName, "streams", List.of(report)));
    }

    private static Map<String, ?> reportOf(String entryId, int viewers) {
        return Map.of(
                "objectType",
                "KalturaLiveStreamReport",
                "entryId",
                entryId,
                "renditions",
                List.of(
                        Map.ofEntries(
                                Map.entry("objectType", "KalturaLiveRenditionReport"),
                                Map.entry("rendition", "1"),
                                Map.entry("publishing", true),
                                Map.entry("publisherAddress", "192.0.2.7"),
                                Map.entry("videoCodec", "avc1.42c01e"),
                                Map.entry("width", 1280),
                                Map.entry("height", 720),
                                Map.entry("frameRate", 25.0),
                                Map.entry("videoBitrate", 2400),
                                Map.entry("audioBitrate", 128),
                                Map.entry("keyFrameInterval", 8.0),
                                Map.entry(
                                        "warnings",
                                        List.of(
                                                Map.of(
                                                        "objectType",
                                                        "KalturaLiveWarning",
                                                        "code",
                                                        "KEY_FRAMES_TOO_FAR_APART",
                                                        "text",
                                                        "Set the interval to 2 s."))))),
                "viewers",
                Map.of("hls", viewers));
    }

    @Test
    void whatServersSayOfAStreamIsKnownForAWhile() {
        media("registerMediaServer", Map.of());
        assertThat(
                        harness.call(tenant.admin(), "liveStreamReport.get", Map.of("entryId", id))
                                .get("code")
                                .asString())
                .isEqualTo("LIVE_STREAM_STATUS_CANNOT_BE_DETERMINED");
        tell("live-1", reportOf(id, 2));
        tell("live-1", reportOf(id, 3));
        tell("live-1", reportOf("0_nobody", 3));
        tell("edge-1", Map.of("entryId", id, "viewers", Map.of("hls", 4, "dash", 1)));

        JsonNode report = harness.ok(tenant.admin(), "liveStreamReport.get", Map.of("entryId", id));
        assertThat(report.get("viewers").get("hls").asInt()).isEqualTo(7);
        assertThat(report.get("viewers").get("dash").asInt()).isEqualTo(1);
        assertThat(report.get("hostName").asString()).isEqualTo("live-1");
        JsonNode rendition = report.get("renditions").get(0);
        assertThat(rendition.get("videoCodec").asString()).isEqualTo("avc1.42c01e");
        assertThat(rendition.get("warnings").get(0).get("code").asString())
                .isEqualTo("KEY_FRAMES_TOO_FAR_APART");
        JsonNode list = harness.ok(tenant.admin(), "liveStreamReport.list", Map.of());
        assertThat(list.get("totalCount").asInt()).isEqualTo(1);
        assertThat(list.get("objects").get(0).get("entryId").asString()).isEqualTo(id);

        // Kaltura's own ways.
        JsonNode stream =
                harness.ok(
                                tenant.admin(),
                                "entryServerNode.list",
                                Map.of("filter", Map.of("entryIdEqual", id)))
                        .get("objects")
                        .get(0);
        assertThat(stream.get("status").asInt()).isEqualTo(1);
        assertThat(stream.get("serverType").asString()).isEqualTo("0");
        assertThat(stream.get("streams").get(0).get("bitrate").asInt()).isEqualTo(2528);
        assertThat(stream.get("streams").get(0).get("keyFrameInterval").asDouble()).isEqualTo(8);
        assertThat(live().get("bitrates").get(0).get("height").asInt()).isEqualTo(720);

        assertThat(
                        harness.call(tenant.widget(), "liveStreamReport.get", Map.of("entryId", id))
                                .get("code")
                                .asString())
                .as("publishers' addresses are not for everybody")
                .isNotEqualTo("");
        var others = harness.tenant();
        assertThat(
                        harness.call(others.admin(), "liveStreamReport.get", Map.of("entryId", id))
                                .get("code")
                                .asString())
                .isEqualTo("ENTRY_ID_NOT_FOUND");
        assertThat(
                        harness.ok(others.admin(), "liveStreamReport.list", Map.of())
                                .get("totalCount")
                                .asInt())
                .isZero();

        harness.database.useHandle(
                handle ->
                        handle.execute(
                                "UPDATE live_report SET reported_at = reported_at - INTERVAL 1"
                                        + " MINUTE WHERE entry_id = ?",
                                id));
        assertThat(
                        harness.ok(tenant.admin(), "liveStreamReport.list", Map.of())
                                .get("totalCount")
                                .asInt())
                .isZero();
        assertThat(live().get("bitrates")).isNull();
    }

    @Test
    void aStreamsViewersAreThoseOfAllItsNodesAndCountOnce() {
        media("registerMediaServer", Map.of());
        tell("live-1", watched("live-1", Map.of("hls", 1), "edge-1", Map.of("hls", 40, "dash", 2)));
        // The backup's node; the stream moved, and the first still has what the edge told it.
        tell("live-2", watched("live-2", Map.of("rtmp", 3), "edge-1", Map.of("hls", 50)));
        harness.database.useHandle(
                handle ->
                        handle.execute(
                                "UPDATE live_report SET reported_at = reported_at - INTERVAL 9"
                                        + " SECOND WHERE entry_id = ? AND host_name = 'live-1'",
                                id));
        JsonNode report = harness.ok(tenant.admin(), "liveStreamReport.get", Map.of("entryId", id));
        assertThat(report.get("hostName").asString()).isEqualTo("live-2");
        assertThat(report.get("viewers").toString()).isEqualTo("{\"hls\":51,\"rtmp\":3}");
        assertThat(report.get("viewersByNode").valueStream())
                .extracting(share -> share.get("node").asString() + share.get("viewers"))
                .containsExactly("edge-1{\"hls\":50}", "live-1{\"hls\":1}", "live-2{\"rtmp\":3}");
    }

    private Map<String, ?> watched(
            String node, Map<String, Integer> viewers, String other, Map<String, Integer> others) {
        Map<String, Object> report = new HashMap<>(reportOf(id, 0));
        report.put(
                "viewersByNode",
                List.of(
                        Map.of("node", node, "viewers", viewers),
                        Map.of("node", other, "viewers", others)));
        return report;
    }

    @Test
    void aSilentServerIsGone() {
        media("registerMediaServer", Map.of());
        harness.database.useHandle(
                handle ->
                        handle.execute(
                                "UPDATE entry_server_node SET refreshed_at = refreshed_at -"
                                        + " INTERVAL 2 MINUTE WHERE entry_id = ?",
                                id));
        assertThat(isLive()).isFalse();
    }
}
