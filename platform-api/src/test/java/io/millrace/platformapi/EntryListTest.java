package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

class EntryListTest {
    private final PlatformHarness harness = PlatformHarness.get();
    private final PlatformHarness.Tenant tenant = harness.tenant();
    private final String ks = tenant.admin();

    private String add(String name, Map<String, ?> more) {
        var entry = new java.util.HashMap<String, Object>(more);
        entry.put("objectType", "KalturaMediaEntry");
        entry.put("name", name);
        return harness.ok(ks, "media.add", Map.of("entry", entry)).get("id").asString();
    }

    private void ready(String id) {
        harness.database.useHandle(
                handle -> handle.execute("UPDATE entry SET status = 2 WHERE id = ?", id));
    }

    private List<String> names(Map<String, ?> filter) {
        JsonNode page = harness.ok(ks, "media.list", Map.of("filter", filter));
        var names = new ArrayList<String>();
        page.get("objects").forEach(entry -> names.add(entry.get("name").asString()));
        assertThat(page.get("totalCount").asInt()).isEqualTo(names.size());
        return names;
    }

    @Test
    void filtersOrdersAndPages() {
        ready(add("Alpha river", Map.of("tags", "water,green", "referenceId", "ref-1")));
        ready(add("Beta 100%", Map.of("tags", "fire", "userId", "ann")));
        ready(add("Gamma", Map.of("tags", "water", "mediaType", 5)));
        String waiting = add("Delta", Map.of());

        assertThat(names(Map.of("orderBy", "+name")))
                .containsExactly("Alpha river", "Beta 100%", "Gamma");
        assertThat(names(Map.of("orderBy", "-name")).getFirst()).isEqualTo("Gamma");
        assertThat(names(Map.of("statusIn", "7"))).containsExactly("Delta");
        assertThat(names(Map.of("idEqual", waiting))).containsExactly("Delta");
        assertThat(names(Map.of("idIn", waiting))).isEmpty();
        assertThat(names(Map.of("nameLike", "0%"))).containsExactly("Beta 100%");
        assertThat(names(Map.of("tagsMultiLikeOr", "fire,green", "orderBy", "+name")))
                .containsExactly("Alpha river", "Beta 100%");
        assertThat(names(Map.of("tagsMultiLikeAnd", "water,green"))).containsExactly("Alpha river");
        assertThat(names(Map.of("referenceIdEqual", "ref-1"))).containsExactly("Alpha river");
        assertThat(names(Map.of("mediaTypeEqual", 5))).containsExactly("Gamma");
        assertThat(names(Map.of("userIdEqual", "ann"))).containsExactly("Beta 100%");
        assertThat(names(Map.of("userIdEqual", "nobody"))).isEmpty();
        assertThat(names(Map.of("createdAtLessThanOrEqual", 1_000_000_000))).isEmpty();
        assertThat(names(Map.of("tagsNameMultiLikeOr", "gamma"))).containsExactly("Gamma");

        JsonNode page =
                harness.ok(
                        ks,
                        "media.list",
                        Map.of(
                                "filter", Map.of("orderBy", "+name"),
                                "pager", Map.of("pageSize", 2, "pageIndex", 2)));
        assertThat(page.get("totalCount").asInt()).isEqualTo(3);
        assertThat(page.get("objects")).hasSize(1);
        assertThat(harness.ok(ks, "media.count", Map.of()).asInt()).isEqualTo(3);
    }

    @Test
    void findsWordsAtOnceAfterTheSave() {
        String id = add("Überraschung im Wald", Map.of("description", "a walk with the dog"));
        ready(id);
        harness.ok(ks, "media.update", Map.of("entryId", id, "mediaEntry", Map.of("tags", "tree")));
        ready(add("Dog alone", Map.of("tags", "city")));

        assertThat(names(Map.of("freeText", "uberraschung"))).hasSize(1);
        assertThat(names(Map.of("freeText", "dog", "orderBy", "+name"))).hasSize(2);
        assertThat(names(Map.of("freeText", "dog !city"))).containsExactly("Überraschung im Wald");
        assertThat(names(Map.of("freeText", "\"with the dog\""))).hasSize(1);
        assertThat(names(Map.of("freeText", "uberr*"))).hasSize(1);
        assertThat(names(Map.of("freeText", id))).hasSize(1);
        assertThat(names(Map.of("searchTextMatchAnd", "dog tree"))).hasSize(1);
        assertThat(names(Map.of("searchTextMatchOr", "city tree"))).hasSize(2);
        assertThat(names(Map.of("freeText", "' OR 1=1 -- ("))).isEmpty();

        harness.ok(ks, "media.delete", Map.of("entryId", id));
        assertThat(names(Map.of("freeText", "dog"))).containsExactly("Dog alone");
    }

    @Test
    void theIndexCanBeMadeAgainFromTheTables() throws Exception {
        ready(add("Rebuilt", Map.of("tags", "phoenix")));
        harness.platform.index().orElseThrow().rebuild();
        assertThat(names(Map.of("freeText", "phoenix"))).containsExactly("Rebuilt");
    }

    @Test
    void clearsWhatIsSetToNull() {
        String id = add("Described", Map.of("description", "words"));
        harness.ok(
                ks,
                "media.update",
                Map.of("entryId", id, "mediaEntry", Map.of("description__null", "1")));
        assertThat(harness.ok(ks, "media.get", Map.of("entryId", id)).has("description")).isFalse();
    }

    @Test
    void thePlayersFirstCallsAllSucceed() {
        String id = add("Player", Map.of());
        ready(id);
        JsonNode list =
                harness.ok(
                        tenant.widget(),
                        "baseEntry.list",
                        Map.of("filter", Map.of("redirectFromEntryId", id)));
        assertThat(list.get("objects").get(0).get("id").asString()).isEqualTo(id);
        assertThat(
                        harness.ok(
                                        tenant.widget(),
                                        "metadata_metadata.list",
                                        Map.of("filter", Map.of("objectIdEqual", id)))
                                .get("totalCount")
                                .asInt())
                .isZero();
        assertThat(
                        harness.call(
                                        tenant.widget(),
                                        "baseEntry.list",
                                        Map.of("filter", Map.of("redirectFromEntryId", "0_nono")))
                                .get("code")
                                .asString())
                .isEqualTo("INVALID_ENTRY_ID");
    }
}
