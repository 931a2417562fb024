package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.LinkedHashMap;
import java.util.Map;

/// Partner B's sessions on partner A's ids: not found, and none of A's text.
class TenantTest {
    private static final String SECRET_NAME = "Partner A's own title";

    private final PlatformHarness harness = PlatformHarness.get();
    private final PlatformHarness.Tenant a = harness.tenant();
    private final PlatformHarness.Tenant b = harness.tenant();

    @Test
    void nobodySeesOrChangesAnotherPartnersThings() {
        String entry = MainPathTest.addEntry(harness, a.admin(), SECRET_NAME);
        String token = MainPathTest.upload(harness, a.admin(), entry);
        new Worker(harness).doAll(entry, 640, 360);
        String flavor =
                harness.ok(a.admin(), "flavorAsset.getByEntryId", Map.of("entryId", entry))
                        .get(1)
                        .get("id")
                        .asString();
        String thumb =
                harness.ok(
                                a.admin(),
                                "thumbAsset.list",
                                Map.of("filter", Map.of("entryIdEqual", entry)))
                        .get("objects")
                        .get(0)
                        .get("id")
                        .asString();
        long job =
                harness.ok(a.admin(), "job.list", Map.of("filter", Map.of("entryIdEqual", entry)))
                        .get("objects")
                        .get(0)
                        .get("id")
                        .asLong();
        String live =
                harness.ok(
                                a.admin(),
                                "liveStream.add",
                                Map.of(
                                        "liveStreamEntry",
                                        Map.of(
                                                "objectType",
                                                "KalturaLiveStreamEntry",
                                                "name",
                                                SECRET_NAME)))
                        .get("id")
                        .asString();
        int profile =
                harness.ok(a.admin(), "conversionProfile.getDefault", Map.of()).get("id").asInt();

        var calls = new LinkedHashMap<String, Map<String, ?>>();
        calls.put("media.get", Map.of("entryId", entry));
        calls.put("media.update", Map.of("entryId", entry, "mediaEntry", Map.of("name", "B")));
        calls.put("media.delete", Map.of("entryId", entry));
        calls.put(
                "media.addContent",
                Map.of(
                        "entryId",
                        entry,
                        "resource",
                        Map.of("objectType", "KalturaUploadedFileTokenResource", "token", token)));
        calls.put("baseEntry.get", Map.of("entryId", entry));
        calls.put("baseEntry.update", Map.of("entryId", entry, "baseEntry", Map.of("name", "B")));
        calls.put("baseEntry.delete", Map.of("entryId", entry));
        calls.put("baseEntry.getPlaybackContext", Map.of("entryId", entry));
        calls.put("flavorAsset.get", Map.of("id", flavor));
        calls.put("flavorAsset.getUrl", Map.of("id", flavor));
        calls.put("flavorAsset.getByEntryId", Map.of("entryId", entry));
        calls.put("flavorAsset.list", Map.of("filter", Map.of("entryIdEqual", entry)));
        calls.put("thumbAsset.get", Map.of("thumbAssetId", thumb));
        calls.put("thumbAsset.list", Map.of("filter", Map.of("entryIdEqual", entry)));
        calls.put("uploadToken.get", Map.of("uploadTokenId", token));
        calls.put("uploadToken.delete", Map.of("uploadTokenId", token));
        calls.put("job.get", Map.of("jobId", job));
        calls.put("job.retry", Map.of("jobId", job));
        calls.put("liveStream.get", Map.of("entryId", live));
        calls.put(
                "liveStream.update",
                Map.of("entryId", live, "liveStreamEntry", Map.of("name", "B")));
        calls.put("liveStream.delete", Map.of("entryId", live));
        calls.put("liveStream.regenerateStreamToken", Map.of("entryId", live));
        calls.put("liveStream.createTemporaryKey", Map.of("entryId", live));
        calls.put("liveStream.isLive", Map.of("id", live));
        calls.put("conversionProfile.get", Map.of("id", profile));
        calls.forEach(
                (action, parameters) -> {
                    JsonNode answer = harness.call(b.admin(), action, parameters);
                    assertThat(answer.path("code").asString(""))
                            .as(action + ": " + answer)
                            .endsWith("NOT_FOUND");
                    assertThat(answer.toString()).doesNotContain(SECRET_NAME);
                });
        for (String list : new String[] {"media.list", "baseEntry.list", "liveStream.list"}) {
            JsonNode answer =
                    harness.ok(
                            b.admin(), list, Map.of("filter", Map.of("idIn", entry + "," + live)));
            assertThat(answer.get("totalCount").asInt()).as(list).isZero();
        }
        assertThat(harness.ok(b.admin(), "baseEntry.getByIds", Map.of("entryIds", entry)).size())
                .isZero();
        assertThat(
                        harness.ok(
                                        b.admin(),
                                        "job.list",
                                        Map.of("filter", Map.of("entryIdEqual", entry)))
                                .get("totalCount")
                                .asInt())
                .isZero();
        assertThat(harness.get("/p/" + b.id() + "/playManifest/entryId/" + entry).status())
                .isEqualTo(404);
        assertThat(
                        harness.ok(a.admin(), "media.get", Map.of("entryId", entry))
                                .get("name")
                                .asString())
                .isEqualTo(SECRET_NAME);
    }

    @Test
    void usersChangeOnlyTheirOwn() {
        String entry = MainPathTest.addEntry(harness, a.user("ann"), "Ann's");
        assertThat(
                        harness.call(
                                        a.user("bob"),
                                        "media.update",
                                        Map.of(
                                                "entryId",
                                                entry,
                                                "mediaEntry",
                                                Map.of("name", "Bob's")))
                                .get("code")
                                .asString())
                .isEqualTo("INVALID_KS");
        JsonNode own =
                harness.ok(
                        a.user("ann"),
                        "media.update",
                        Map.of(
                                "entryId",
                                entry,
                                "mediaEntry",
                                Map.of("description", "new", "tags", " a ,b, a")));
        assertThat(own.get("name").asString()).isEqualTo("Ann's");
        assertThat(own.get("tags").asString()).isEqualTo("a,b");
        assertThat(
                        harness.ok(
                                        a.user("bob"),
                                        "media.list",
                                        Map.of("filter", Map.of("statusIn", "2,7")))
                                .get("totalCount")
                                .asInt())
                .isZero();
        assertThat(
                        harness.call(a.widget(), "media.add", Map.of("entry", Map.of("name", "x")))
                                .get("code")
                                .asString())
                .isEqualTo("SERVICE_FORBIDDEN");
    }
}
