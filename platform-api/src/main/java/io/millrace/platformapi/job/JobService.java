package io.millrace.platformapi.job;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.model.BatchWork;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.Work;
import io.millrace.platformapi.model.WorkFilter;
import io.millrace.platformapi.model.WorkListResponse;
import io.millrace.platformapi.model.WorkResult;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The API of the queue: four actions for workers (partner -1), three for publishers.
@ApiService("job")
public final class JobService {
    private static final int MAX_JOBS = 50;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .number("id", "id")
                    .text("entryId", "entry_id")
                    .text("assetId", "asset_id")
                    .text("kind", "kind")
                    .text("status", "state")
                    .text("state", "state")
                    .text("createdAt", "created_at");

    private final JobQueue queue;
    private final JobStore jobs;

    public JobService(JobQueue queue, JobStore jobs) {
        this.queue = queue;
        this.jobs = jobs;
    }

    @ApiAction(access = Access.INTERNAL)
    public List<BatchWork> lease(
            ApiCall call, String workerName, String kinds, @Default("1") int maxJobs) {
        var wanted = new ArrayList<String>();
        for (String kind : kinds.split(",")) {
            if (!kind.isBlank()) {
                wanted.add(kind.strip());
            }
        }
        return queue.lease(workerName, wanted, Math.clamp(maxJobs, 0, MAX_JOBS)).stream()
                .map(JobService::work)
                .toList();
    }

    @ApiAction(access = Access.INTERNAL)
    public BatchWork heartbeat(
            ApiCall call,
            long jobId,
            long fence,
            @Default("0") int progress,
            @Nullable String message) {
        return work(queue.heartbeat(jobId, fence, Math.clamp(progress, 0, 100), message));
    }

    @ApiAction(access = Access.INTERNAL)
    public Work complete(ApiCall call, long jobId, long fence, WorkResult result) {
        return view(queue.complete(jobId, fence, result));
    }

    @ApiAction(access = Access.INTERNAL)
    public Work fail(
            ApiCall call,
            long jobId,
            long fence,
            String errorCode,
            String message,
            @Default("false") boolean permanent) {
        return view(queue.fail(jobId, fence, errorCode, message, permanent));
    }

    @ApiAction
    public WorkListResponse list(
            ApiCall call, @Nullable WorkFilter filter, @Nullable FilterPager pager) {
        var conditions = new Conditions();
        if (!everyPartner(call)) {
            conditions.equal("partner_id", call.partnerId());
        }
        if (!call.isAdmin()) {
            conditions.and(
                    "entry_id IN (SELECT e.id FROM entry e WHERE e.user_id = "
                            + conditions.bind(call.userId())
                            + " AND e.partner_id = "
                            + conditions.bind(call.partnerId())
                            + ")");
        }
        FILTER.apply(filter, conditions);
        List<Work> page =
                jobs
                        .page(
                                conditions,
                                FILTER.orderBy(filter, "id DESC", "id"),
                                FilterPager.size(pager),
                                FilterPager.offset(pager))
                        .stream()
                        .map(JobService::view)
                        .toList();
        return new WorkListResponse().of(page, jobs.count(conditions));
    }

    @ApiAction(access = Access.ADMIN)
    public Work get(ApiCall call, long jobId) {
        return view(visible(call, jobId));
    }

    /// Gives a failed job all its attempts back.
    @ApiAction(access = Access.ADMIN)
    public Work retry(ApiCall call, long jobId) {
        visible(call, jobId);
        return view(queue.retry(jobId));
    }

    private Job visible(ApiCall call, long id) {
        return jobs.find(id)
                .filter(job -> everyPartner(call) || job.partnerId() == call.partnerId())
                .orElseThrow(() -> JobQueue.jobNotFound(id));
    }

    private static boolean everyPartner(ApiCall call) {
        return call.isInternal() && call.partnerId() < 0;
    }

    private static BatchWork work(Job job) {
        var work = new BatchWork();
        work.id = job.id();
        work.fence = job.fence();
        work.kind = job.kind();
        work.partnerId = job.partnerId();
        work.entryId = job.entryId();
        work.assetId = job.assetId();
        work.sourceKey = job.sourceKey();
        work.targetKey = job.targetKey();
        work.parameters =
                JSON.readValue(job.parameters(), new TypeReference<Map<String, String>>() {});
        work.leaseSeconds = JobQueue.LEASE_SECONDS;
        work.attempt = job.attempts();
        return work;
    }

    private static Work view(Job job) {
        var view = new Work();
        view.id = job.id();
        view.partnerId = job.partnerId();
        view.kind = job.kind();
        view.entryId = job.entryId();
        view.assetId = job.assetId();
        view.state = job.state();
        view.priority = job.priority();
        view.attempts = job.attempts();
        view.progress = job.progress();
        view.worker = job.worker();
        view.message = job.message();
        view.errorCode = job.errorCode();
        view.errorMessage = job.errorMessage();
        view.createdAt = job.createdAt().getEpochSecond();
        view.startedAt = seconds(job.startedAt());
        view.finishedAt = seconds(job.finishedAt());
        return view;
    }

    private static @Nullable Long seconds(@Nullable Instant time) {
        return time == null ? null : time.getEpochSecond();
    }
}
