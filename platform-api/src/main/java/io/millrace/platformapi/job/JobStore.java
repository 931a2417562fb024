package io.millrace.platformapi.job;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.model.JobState;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jspecify.annotations.Nullable;

import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// The SQL of the queue. Every time in it is the database's (`UTC_TIMESTAMP`), so nodes whose
/// clocks differ agree on who holds what. Thread-safe.
public final class JobStore {
    private static final RowMapper<Job> ROW = ConstructorMapper.of(Job.class);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// How many of the queue's first rows a lease looks at to be fair between partners.
    private static final int FAIRNESS_WINDOW = 200;

    private final Database database;

    public JobStore(Database database) {
        this.database = database;
    }

    public long add(Handle handle, NewJob job) {
        NewJob.Target target = job.target();
        return handle.createUpdate(
                        """
                        INSERT INTO job (partner_id, kind, entry_id, asset_id, source_key, target_prefix,
                            target_suffix, base_version, parameters, state, priority, not_before, created_at)
                        VALUES (:partnerId, :kind, :entryId, :assetId, :sourceKey, :prefix, :suffix, :base,
                            :parameters, 'PENDING', :priority, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))
                        """)
                .bind("partnerId", job.partnerId())
                .bind("kind", job.kind())
                .bind("entryId", job.entryId())
                .bind("assetId", job.assetId())
                .bind("sourceKey", job.sourceKey())
                .bind("prefix", target == null ? null : target.prefix())
                .bind("suffix", target == null ? null : target.suffix())
                .bind("base", target == null ? 0 : target.baseVersion())
                .bind("parameters", JSON.writeValueAsString(job.parameters()))
                .bind("priority", job.priority())
                .executeAndReturnGeneratedKeys("id")
                .mapTo(Long.class)
                .one();
    }

    /// Takes up to `max` due jobs for a worker: the best priority first, then the partner with the
    /// fewest running, then the oldest. Rows that another worker is just taking are passed over.
    List<Job> lease(
            Handle handle, String worker, Collection<String> kinds, int max, int leaseSeconds) {
        Conditions due =
                new Conditions()
                        .and("state = 'PENDING'")
                        .and("not_before <= UTC_TIMESTAMP(3)")
                        .in("kind", kinds);
        List<Long> candidates =
                due.bindTo(
                                handle.createQuery(
                                        "SELECT d.id FROM (SELECT id, partner_id, priority FROM job"
                                                + due.where()
                                                + " ORDER BY priority, id LIMIT "
                                                + FAIRNESS_WINDOW
                                                + ") d LEFT JOIN (SELECT partner_id, COUNT(*) n FROM"
                                                + " job WHERE state = 'RUNNING' GROUP BY partner_id)"
                                                + " r ON r.partner_id = d.partner_id ORDER BY"
                                                + " d.priority, COALESCE(r.n, 0), d.id"))
                        .mapTo(Long.class)
                        .list();
        var leased = new ArrayList<Job>();
        for (long id : candidates) {
            if (leased.size() == max) {
                break;
            }
            boolean free =
                    handle.createQuery(
                                    "SELECT id FROM job WHERE id = :id AND state = 'PENDING' FOR"
                                            + " UPDATE SKIP LOCKED")
                            .bind("id", id)
                            .mapTo(Long.class)
                            .findOne()
                            .isPresent();
            if (!free) {
                continue;
            }
            handle.createUpdate(
                            """
                            UPDATE job SET state = 'RUNNING', fence = fence + 1, attempts = attempts + 1,
                                worker = :worker, progress = 0, message = NULL,
                                lease_until = UTC_TIMESTAMP(3) + INTERVAL :lease SECOND,
                                started_at = UTC_TIMESTAMP(3)
                            WHERE id = :id
                            """)
                    .bind("id", id)
                    .bind("worker", worker)
                    .bind("lease", leaseSeconds)
                    .execute();
            leased.add(find(handle, id).orElseThrow());
        }
        return leased;
    }

    /// @return whether the lease was still held
    boolean heartbeat(
            Handle handle,
            long id,
            long fence,
            int progress,
            @Nullable String message,
            int leaseSeconds) {
        return handle.createUpdate(
                                """
                                UPDATE job SET lease_until = UTC_TIMESTAMP(3) + INTERVAL :lease SECOND,
                                    progress = :progress, message = :message
                                WHERE id = :id AND fence = :fence AND state = 'RUNNING'
                                """)
                        .bind("id", id)
                        .bind("fence", fence)
                        .bind("progress", progress)
                        .bind("message", message)
                        .bind("lease", leaseSeconds)
                        .execute()
                == 1;
    }

    /// Ends a lease for good; false when it was not held any more.
    boolean finish(
            Handle handle,
            long id,
            long fence,
            String state,
            @Nullable String result,
            @Nullable String errorCode,
            @Nullable String errorMessage) {
        return handle.createUpdate(
                                """
                                UPDATE job SET state = :state, result = :result, error_code = :code,
                                    error_message = :text, lease_until = NULL, finished_at = UTC_TIMESTAMP(3),
                                    progress = IF(:state = 'FINISHED', 100, progress)
                                WHERE id = :id AND fence = :fence AND state = 'RUNNING'
                                """)
                        .bind("id", id)
                        .bind("fence", fence)
                        .bind("state", state)
                        .bind("result", result)
                        .bind("code", errorCode)
                        .bind("text", errorMessage)
                        .execute()
                == 1;
    }

    /// Gives a lease back for another attempt; false when it was not held any more.
    boolean retryLater(
            Handle handle,
            long id,
            long fence,
            long delayMs,
            String errorCode,
            String errorMessage) {
        return handle.createUpdate(
                                """
                                UPDATE job SET state = 'PENDING', lease_until = NULL, progress = 0,
                                    not_before = UTC_TIMESTAMP(3) + INTERVAL :delay MICROSECOND,
                                    error_code = :code, error_message = :text
                                WHERE id = :id AND fence = :fence AND state = 'RUNNING'
                                """)
                        .bind("id", id)
                        .bind("fence", fence)
                        .bind("delay", delayMs * 1000)
                        .bind("code", errorCode)
                        .bind("text", errorMessage)
                        .execute()
                == 1;
    }

    /// Gives a lease back as if it had not been taken; false when it was not held any more.
    boolean giveBack(Handle handle, long id, long fence) {
        return handle.createUpdate(
                                """
                                UPDATE job SET state = 'PENDING', lease_until = NULL, progress = 0,
                                    attempts = GREATEST(attempts - 1, 0), not_before = UTC_TIMESTAMP(3)
                                WHERE id = :id AND fence = :fence AND state = 'RUNNING'
                                """)
                        .bind("id", id)
                        .bind("fence", fence)
                        .execute()
                == 1;
    }

    /// Queues an ended job again with all its attempts; false when it had not failed.
    boolean queueAgain(Handle handle, long id) {
        return handle.createUpdate(
                                """
                                UPDATE job SET state = 'PENDING', attempts = 0, progress = 0, finished_at = NULL,
                                    not_before = UTC_TIMESTAMP(3), error_code = NULL, error_message = NULL
                                WHERE id = :id AND state IN ('FAILED', 'ABORTED')
                                """)
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /// Leases that ended without a word from their worker.
    List<Job> expired(int limit) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        "SELECT * FROM job WHERE state = 'RUNNING' AND lease_until <"
                                                + " UTC_TIMESTAMP(3) ORDER BY lease_until LIMIT"
                                                + " :limit")
                                .bind("limit", limit)
                                .map(ROW)
                                .list());
    }

    boolean isExpired(Handle handle, long id) {
        return handle.createQuery(
                        "SELECT COUNT(*) FROM job WHERE id = :id AND state = 'RUNNING' AND"
                                + " lease_until < UTC_TIMESTAMP(3)")
                .bind("id", id)
                .mapTo(Boolean.class)
                .one();
    }

    /// An entry that goes away needs no more work; a worker in the middle of some loses its lease.
    public void abortOfEntry(Handle handle, String entryId) {
        handle.createUpdate(
                        """
                        UPDATE job SET state = 'ABORTED', lease_until = NULL, finished_at = UTC_TIMESTAMP(3)
                        WHERE entry_id = :id AND state IN ('PENDING', 'RUNNING')
                        """)
                .bind("id", entryId)
                .execute();
    }

    public Optional<Job> find(Handle handle, long id) {
        return handle.createQuery("SELECT * FROM job WHERE id = :id")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    public Optional<Job> find(long id) {
        return database.withHandle(handle -> find(handle, id));
    }

    Optional<Job> lock(Handle handle, long id) {
        return handle.createQuery("SELECT * FROM job WHERE id = :id FOR UPDATE")
                .bind("id", id)
                .map(ROW)
                .findOne();
    }

    public List<Job> ofEntry(Handle handle, String entryId) {
        return handle.createQuery("SELECT * FROM job WHERE entry_id = :id ORDER BY id")
                .bind("id", entryId)
                .map(ROW)
                .list();
    }

    public List<Job> ofEntries(Collection<String> entryIds) {
        if (entryIds.isEmpty()) {
            return List.of();
        }
        return page(new Conditions().in("entry_id", entryIds), " ORDER BY id", 10_000, 0);
    }

    List<Job> page(Conditions conditions, String orderBy, int limit, int offset) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT * FROM job"
                                                        + conditions.where()
                                                        + orderBy
                                                        + " LIMIT :limit OFFSET :offset"))
                                .bind("limit", limit)
                                .bind("offset", offset)
                                .map(ROW)
                                .list());
    }

    int count(Conditions conditions) {
        return database.withHandle(
                handle ->
                        conditions
                                .bindTo(
                                        handle.createQuery(
                                                "SELECT COUNT(*) FROM job" + conditions.where()))
                                .mapTo(Integer.class)
                                .one());
    }

    /// How many jobs are in a state; for metrics.
    int countIn(String state) {
        return count(new Conditions().equal("state", state));
    }

    /// Entries that wait for work although no job of theirs is left to do, for longer than
    /// `seconds`.
    List<String> entriesWithoutWork(int status, long notSince, int limit) {
        return database.withHandle(
                handle ->
                        handle.createQuery(
                                        """
                                        SELECT e.id FROM entry e WHERE e.status = :status AND e.updated_at < :since
                                            AND NOT EXISTS (SELECT 1 FROM job j WHERE j.entry_id = e.id
                                                AND j.state IN ('PENDING', 'RUNNING'))
                                        LIMIT :limit
                                        """)
                                .bind("status", status)
                                .bind("since", notSince)
                                .bind("limit", limit)
                                .mapTo(String.class)
                                .list());
    }

    static boolean isOver(Job job) {
        return !job.state().equals(JobState.PENDING) && !job.state().equals(JobState.RUNNING);
    }
}
