package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.platformapi.http.ApiResponse;
import io.millrace.storage.sign.PathSigner;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.time.Instant;
import java.util.Map;

/// From an upload to an entry that plays, in the order that the Kaltura clients use.
class MainPathTest {
    private final PlatformHarness harness = PlatformHarness.get();
    private final Worker worker = new Worker(harness);
    private final PlatformHarness.Tenant tenant = harness.tenant();
    private final String ks = tenant.admin();

    static String addEntry(PlatformHarness harness, String ks, String name) {
        return harness.ok(
                        ks,
                        "media.add",
                        Map.of(
                                "entry",
                                Map.of(
                                        "objectType",
                                        "KalturaMediaEntry",
                                        "name",
                                        name,
                                        "mediaType",
                                        1)))
                .get("id")
                .asString();
    }

    static String upload(PlatformHarness harness, String ks, String entryId) {
        String token = harness.ok(ks, "uploadToken.add", Map.of()).get("id").asString();
        addContent(harness, ks, entryId, token);
        harness.upload(ks, token, new byte[1000], Map.of());
        return token;
    }

    static JsonNode addContent(PlatformHarness harness, String ks, String entryId, String token) {
        return harness.call(
                ks,
                "media.addContent",
                Map.of(
                        "entryId",
                        entryId,
                        "resource",
                        Map.of("objectType", "KalturaUploadedFileTokenResource", "token", token)));
    }

    private JsonNode entry(String id) {
        return harness.ok(ks, "baseEntry.get", Map.of("entryId", id));
    }

    @Test
    void becomesReadyThroughEveryStep() {
        String id = addEntry(harness, ks, "A film");
        assertThat(entry(id).get("status").asInt()).isEqualTo(7);
        String token = harness.ok(ks, "uploadToken.add", Map.of()).get("id").asString();
        assertThat(addContent(harness, ks, id, token).get("status").asInt()).isEqualTo(0);

        JsonNode closed = harness.upload(ks, token, new byte[5000], Map.of());

        assertThat(closed.get("status").asInt()).as(closed.toString()).isEqualTo(3);
        assertThat(closed.get("attachedObjectId").asString()).isEqualTo(id);
        assertThat(entry(id).get("status").asInt()).isEqualTo(1);
        JsonNode probe = worker.lease(id, "probe");
        assertThat(probe.get("sourceKey").asString())
                .startsWith("content/entry/" + tenant.id() + "/" + id + "/")
                .endsWith("_1.mp4");
        assertThat(probe.has("targetKey")).isFalse();
        worker.complete(probe, Worker.probed(1280, 720));
        assertThat(entry(id).get("duration").asInt()).isEqualTo(12);
        assertThat(entry(id).get("msDuration").asInt()).isEqualTo(12_345);
        worker.finish(id);

        JsonNode ready = entry(id);
        assertThat(ready.get("status").isNumber()).isTrue();
        assertThat(ready.get("status").asInt()).isEqualTo(2);
        assertThat(ready.get("mediaType").asInt()).isEqualTo(1);
        assertThat(ready.get("thumbnailUrl").asString()).endsWith("/version/100001");
        JsonNode flavors = harness.ok(ks, "flavorAsset.getByEntryId", Map.of("entryId", id));
        assertThat(flavors).hasSize(4);
        assertThat(flavors.get(0).get("isOriginal").asBoolean()).isTrue();
        assertThat(flavors.get(3).get("height").asInt()).isEqualTo(720);
        JsonNode work = harness.ok(ks, "job.list", Map.of("filter", Map.of("entryIdEqual", id)));
        assertThat(work.get("totalCount").asInt()).isEqualTo(5);
    }

    @Test
    void playsByUrlsThatDeliveryCanCheckAlone() {
        String id = addEntry(harness, ks, "Playable");
        upload(harness, ks, id);
        worker.doAll(id, 640, 360);
        JsonNode context =
                harness.ok(tenant.widget(), "baseEntry.getPlaybackContext", Map.of("entryId", id));
        assertThat(context.get("sources")).hasSize(3);
        for (JsonNode source : context.get("sources")) {
            ApiResponse redirect =
                    harness.get(
                            source.get("url").asString().substring(PlatformHarness.BASE.length()));
            assertThat(redirect.status()).isEqualTo(302);
            String location = redirect.headers().get("Location");
            String path = location.substring(location.indexOf("/s/") + 3);
            int slash = path.indexOf('/');
            assertThat(
                            harness.signer.verify(
                                    path.substring(0, slash),
                                    path.substring(slash + 1),
                                    Instant.now()))
                    .as(location)
                    .isEqualTo(PathSigner.Verdict.VALID);
        }
        String p = "/p/" + tenant.id() + "/sp/" + tenant.id() + "00/";
        assertThat(
                        harness.get(p + "playManifest/entryId/" + id + "/format/applehttp/a.m3u8")
                                .headers()
                                .get("Location"))
                .startsWith(PlatformHarness.BASE + "/vod/hls/s/")
                .endsWith(".mp4/master.m3u8");
        assertThat(harness.get(p + "thumbnail/entry_id/" + id + "/width/164").headers())
                .hasEntrySatisfying(
                        "Location",
                        url ->
                                assertThat(url)
                                        .contains("/thumb/s/", "/thumb/0_")
                                        .endsWith("_1.jpg"));
        String thumbnail = p + "thumbnail/entry_id/" + id;
        assertThat(harness.get(thumbnail + "/width/164/vid_sec/2.5").headers().get("Location"))
                .startsWith(PlatformHarness.BASE + "/thumb/s/")
                .endsWith(".mp4/thumb-2500-w164-e.jpg");
        assertThat(
                        harness.get(thumbnail + "/width/164/height/90!/vid_slices/10/vid_slice/3")
                                .headers()
                                .get("Location"))
                .endsWith(".mp4/thumb-3703-w164-h90-mstretch-e.jpg");
        assertThat(harness.get(thumbnail + "/width/164/vid_slices/100").headers().get("Location"))
                .endsWith(".mp4/sprite-123-100x1-w164-1.jpg");
        assertThat(harness.get(thumbnail + "/vid_sec/-1").headers().get("Location"))
                .endsWith("_1.jpg");
        ApiResponse missing = harness.get(p + "playManifest/entryId/0_nothing1/format/url");
        assertThat(missing.status()).isEqualTo(404);
        assertThat(missing.headers())
                .containsEntry("X-Kaltura-App", "exiting on error 1 - entry not found");
        assertThat(harness.get(p + "raw/entry_id/" + id + "/version/0").status()).isEqualTo(404);
        assertThat(harness.get(p + "raw/entry_id/" + id + "/version/0?ks=" + ks).status())
                .isEqualTo(302);
    }

    @Test
    void saysWhyItFailed() {
        String id = addEntry(harness, ks, "No film");
        upload(harness, ks, id);
        worker.fail(worker.lease(id, "probe"), "NOT_MEDIA", "This is a text file", true);

        JsonNode entry = entry(id);
        assertThat(entry.get("status").asInt()).isEqualTo(-1);
        assertThat(entry.get("errorDescription").asString()).isEqualTo("This is a text file");
        JsonNode context =
                harness.ok(tenant.widget(), "baseEntry.getPlaybackContext", Map.of("entryId", id));
        assertThat(context.get("sources")).isEmpty();
        assertThat(context.get("messages").get(0).get("message").asString())
                .isEqualTo("This is a text file");
        JsonNode flavor = harness.ok(ks, "flavorAsset.getByEntryId", Map.of("entryId", id)).get(0);
        assertThat(flavor.get("status").asInt()).isEqualTo(-1);
        assertThat(flavor.get("description").asString()).isEqualTo("This is a text file");
    }

    @Test
    void aRetriedConversionMakesAFailedEntryReady() {
        String id = addEntry(harness, ks, "Second try");
        upload(harness, ks, id);
        worker.complete(worker.lease(id, "probe"), Worker.probed(640, 360));
        JsonNode convert = worker.lease(id, "convert");
        worker.fail(convert, "ENCODER", "out of memory", true);
        worker.finish(id);
        assertThat(entry(id).get("status").asInt()).isEqualTo(-1);

        harness.ok(ks, "job.retry", Map.of("jobId", convert.get("id").asLong()));
        assertThat(entry(id).get("status").asInt()).isEqualTo(1);
        worker.finish(id);

        assertThat(entry(id).get("status").asInt()).isEqualTo(2);
        assertThat(entry(id).has("errorDescription")).isFalse();
    }

    @Test
    void deletingTakesTheEntryAndItsWorkAway() {
        String id = addEntry(harness, ks, "Gone");
        upload(harness, ks, id);
        JsonNode probe = worker.lease(id, "probe");
        harness.ok(ks, "media.delete", Map.of("entryId", id));

        assertThat(harness.call(ks, "media.get", Map.of("entryId", id)).get("code").asString())
                .isEqualTo("ENTRY_ID_NOT_FOUND");
        assertThat(worker.complete(probe, Worker.probed(640, 360)).get("code").asString())
                .isEqualTo("LEASE_LOST");
    }
}
