package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

class JobLeaseTest {
    private final PlatformHarness harness = PlatformHarness.get();
    private final Worker worker = new Worker(harness);
    private final PlatformHarness.Tenant tenant = harness.tenant();

    private String entryWithWork() {
        String id = MainPathTest.addEntry(harness, tenant.admin(), "Work");
        MainPathTest.upload(harness, tenant.admin(), id);
        return id;
    }

    private void expire(JsonNode job) {
        harness.database.useHandle(
                handle ->
                        handle.execute(
                                "UPDATE job SET lease_until = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND"
                                        + " WHERE id = ?",
                                job.get("id").asLong()));
    }

    private JsonNode job(JsonNode leased) {
        return harness.ok(
                PlatformHarness.batch(), "job.get", Map.of("jobId", leased.get("id").asLong()));
    }

    private void makeDue(JsonNode job) {
        harness.database.useHandle(
                handle ->
                        handle.execute(
                                "UPDATE job SET not_before = UTC_TIMESTAMP(3) WHERE id = ?",
                                job.get("id").asLong()));
    }

    @Test
    void completingTwiceGivesTheSameAnswerAndChangesNothing() {
        String id = entryWithWork();
        JsonNode probe = worker.lease(id, "probe");

        JsonNode first = worker.complete(probe, Worker.probed(640, 360));
        JsonNode second = worker.complete(probe, Worker.probed(640, 360));

        assertThat(first.get("state").asString()).isEqualTo("FINISHED");
        assertThat(second).isEqualTo(first);
        assertThat(
                        harness.ok(
                                        tenant.admin(),
                                        "flavorAsset.getByEntryId",
                                        Map.of("entryId", id))
                                .size())
                .isEqualTo(2);
    }

    @Test
    void aSilentWorkerLosesItsLeaseToTheNextOne() {
        String id = entryWithWork();
        JsonNode lost = worker.lease(id, "probe");
        expire(lost);
        Awaitility.await()
                .atMost(60, SECONDS)
                .until(() -> job(lost).get("state").asString().equals("PENDING"));
        assertThat(job(lost).get("errorCode").asString()).isEqualTo("WORKER_LOST");
        makeDue(lost);

        JsonNode next = worker.lease(id, "probe");

        assertThat(next.get("id").asLong()).isEqualTo(lost.get("id").asLong());
        assertThat(next.get("fence").asLong()).isEqualTo(lost.get("fence").asLong() + 1);
        assertThat(worker.complete(lost, Worker.probed(640, 360)).get("code").asString())
                .isEqualTo("LEASE_LOST");
        assertThat(worker.fail(lost, "X", "late", true).get("code").asString())
                .isEqualTo("LEASE_LOST");
        assertThat(
                        harness.call(
                                        PlatformHarness.batch(),
                                        "job.heartbeat",
                                        Map.of(
                                                "jobId", lost.get("id").asLong(),
                                                "fence", lost.get("fence").asLong(),
                                                "progress", 50))
                                .get("code")
                                .asString())
                .isEqualTo("LEASE_LOST");
        assertThat(worker.complete(next, Worker.probed(640, 360)).get("state").asString())
                .isEqualTo("FINISHED");
    }

    @Test
    void eachAttemptWritesItsOwnKeyAndTheThirdFailureIsFinal() {
        String id = entryWithWork();
        worker.complete(worker.lease(id, "probe"), Worker.probed(640, 360));
        var keys = new HashSet<String>();
        for (int attempt = 1; attempt <= 3; attempt++) {
            JsonNode convert = worker.lease(id, "convert");
            assertThat(convert.get("attempt").asInt()).isEqualTo(attempt);
            keys.add(convert.get("targetKey").asString());
            JsonNode after = worker.fail(convert, "CRASH", "signal 9", false);
            assertThat(after.get("state").asString()).isEqualTo(attempt < 3 ? "PENDING" : "FAILED");
            makeDue(convert);
        }
        assertThat(keys).hasSize(3);
        JsonNode entry = harness.ok(tenant.admin(), "media.get", Map.of("entryId", id));
        assertThat(entry.get("status").asInt()).isEqualTo(-1);
        assertThat(entry.get("errorDescription").asString()).isEqualTo("signal 9");
    }

    @Test
    void progressIsSeenWhileTheWorkGoesOn() {
        String id = entryWithWork();
        worker.complete(worker.lease(id, "probe"), Worker.probed(640, 360));
        JsonNode convert = worker.lease(id, "convert");
        harness.ok(
                PlatformHarness.batch(),
                "job.heartbeat",
                Map.of(
                        "jobId",
                        convert.get("id").asLong(),
                        "fence",
                        convert.get("fence").asLong(),
                        "progress",
                        60,
                        "message",
                        "1234 frames"));

        JsonNode entry = harness.ok(tenant.widget(), "baseEntry.get", Map.of("entryId", id));
        assertThat(entry.get("processingProgress").asInt()).isEqualTo(62);
        JsonNode flavors =
                harness.ok(tenant.admin(), "flavorAsset.getByEntryId", Map.of("entryId", id));
        assertThat(flavors.get(1).get("status").asInt()).isEqualTo(1);
        assertThat(flavors.get(1).get("conversionProgress").asInt()).isEqualTo(60);
    }

    @Test
    void anOutputThatIsNotThereIsNotCompleted() {
        String id = entryWithWork();
        worker.complete(worker.lease(id, "probe"), Worker.probed(640, 360));
        JsonNode convert = worker.lease(id, "convert");
        assertThat(
                        worker.complete(convert, Map.of("objectType", "KalturaConvertResult"))
                                .get("code")
                                .asString())
                .isEqualTo("JOB_OUTPUT_MISSING");
        assertThat(job(convert).get("state").asString()).isEqualTo("RUNNING");
    }

    @Test
    void workersThatAskAtOnceGetDifferentJobs() throws Exception {
        for (int i = 0; i < 6; i++) {
            entryWithWork();
        }
        List<Callable<List<Long>>> askers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String name = "worker-" + i;
            askers.add(
                    () -> {
                        var ids = new ArrayList<Long>();
                        harness.ok(
                                        PlatformHarness.batch(),
                                        "job.lease",
                                        Map.of("workerName", name, "kinds", "probe", "maxJobs", 2))
                                .forEach(job -> ids.add(job.get("id").asLong()));
                        return ids;
                    });
        }
        var all = new ArrayList<Long>();
        try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var answer : pool.invokeAll(askers)) {
                all.addAll(answer.get());
            }
        }
        assertThat(all).hasSizeGreaterThanOrEqualTo(2).doesNotHaveDuplicates();
    }

    @Test
    void onlyTheClusterMayLease() {
        assertThat(
                        harness.call(
                                        tenant.admin(),
                                        "job.lease",
                                        Map.of("workerName", "x", "kinds", "probe"))
                                .get("code")
                                .asString())
                .isEqualTo("SERVICE_FORBIDDEN");
    }
}
