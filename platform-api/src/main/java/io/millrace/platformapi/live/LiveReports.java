package io.millrace.platformapi.live;

import io.millrace.platformapi.model.LiveRenditionReport;
import io.millrace.platformapi.model.LiveStreamBitrate;
import io.millrace.platformapi.model.LiveStreamParams;
import io.millrace.platformapi.model.LiveStreamReport;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What nodes say of the streams they have: the newest of each, for as long as it can be true.
/// Thread-safe.
public final class LiveReports {
    /// Nodes report every ten seconds.
    static final int TTL_SECONDS = 30;

    /// A stream has sixteen renditions at most, of a kilobyte each.
    static final int MAX_CHARS = 64 << 10;

    private static final Logger log = LoggerFactory.getLogger(LiveReports.class);
    private static final String FRESH =
            "reported_at > UTC_TIMESTAMP(3) - INTERVAL " + TTL_SECONDS + " SECOND";

    /// A node of another version may say more.
    private static final JsonMapper JSON =
            JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private static final RowMapper<Row> ROW = ConstructorMapper.of(Row.class);

    record Row(String entryId, String hostName, String report, Instant reportedAt) {}

    private final Database database;

    public LiveReports(Database database) {
        this.database = database;
    }

    /// Keeps what a node says; streams of entries that are not there, and what is too long, are
    /// passed over.
    void keep(String hostName, List<LiveStreamReport> reports) {
        database.useTransaction(
                handle -> {
                    var batch =
                            handle.prepareBatch(
                                    """
                                    INSERT INTO live_report (entry_id, host_name, partner_id, report, reported_at)
                                    SELECT e.entry_id, :host, e.partner_id, :report, UTC_TIMESTAMP(3)
                                    FROM live_entry e WHERE e.entry_id = :id
                                    ON DUPLICATE KEY UPDATE report = :report, reported_at = UTC_TIMESTAMP(3)
                                    """);
                    for (LiveStreamReport report : reports) {
                        String text = JSON.writeValueAsString(report);
                        if (report.entryId == null || text.length() > MAX_CHARS) {
                            log.warn(
                                    "live entry {}: a report of {} characters is passed over",
                                    report.entryId,
                                    text.length());
                            continue;
                        }
                        batch.bind("id", report.entryId)
                                .bind("host", hostName)
                                .bind("report", text)
                                .add();
                    }
                    if (batch.size() > 0) {
                        batch.execute();
                    }
                });
    }

    /// What is known of a stream now.
    Optional<LiveStreamReport> of(String entryId) {
        return Optional.ofNullable(of(List.of(entryId)).get(entryId));
    }

    /// The same of several, by entry.
    Map<String, LiveStreamReport> of(Collection<String> entryIds) {
        if (entryIds.isEmpty()) {
            return Map.of();
        }
        return merged(
                database.withHandle(
                        handle ->
                                rows(
                                        handle.createQuery(
                                                        "SELECT * FROM live_report WHERE entry_id"
                                                                + " IN (<ids>) AND "
                                                                + FRESH
                                                                + " ORDER BY entry_id,"
                                                                + " reported_at DESC")
                                                .bindList("ids", List.copyOf(entryIds)))));
    }

    /// All of a partner's, by entry.
    ///
    /// @param most no more rows are read
    Map<String, LiveStreamReport> ofPartner(int partnerId, int most) {
        return merged(
                database.withHandle(
                        handle ->
                                rows(
                                        handle.createQuery(
                                                        "SELECT * FROM live_report WHERE partner_id"
                                                                + " = :partner AND "
                                                                + FRESH
                                                                + " ORDER BY entry_id,"
                                                                + " reported_at DESC LIMIT :most")
                                                .bind("partner", partnerId)
                                                .bind("most", most))));
    }

    private static List<Row> rows(Query query) {
        return query.map(ROW).list();
    }

    /// One for each entry: the newest that has the stream, with everybody's viewers.
    private static Map<String, LiveStreamReport> merged(List<Row> rows) {
        Map<String, LiveStreamReport> byEntry = new LinkedHashMap<>();
        for (Row row : rows) {
            LiveStreamReport report = JSON.readValue(row.report(), LiveStreamReport.class);
            report.hostName = row.hostName();
            report.reportedAt = row.reportedAt().getEpochSecond();
            LiveStreamReport first = byEntry.putIfAbsent(row.entryId(), report);
            if (first != null) {
                boolean better = hasNone(first) && !hasNone(report);
                Map<String, Integer> sum = new TreeMap<>();
                add(sum, first.viewers);
                add(sum, report.viewers);
                LiveStreamReport kept = better ? report : first;
                kept.viewers = sum;
                byEntry.put(row.entryId(), kept);
            }
        }
        return byEntry;
    }

    private static boolean hasNone(LiveStreamReport report) {
        return report.renditions == null || report.renditions.isEmpty();
    }

    private static void add(Map<String, Integer> sum, @Nullable Map<String, Integer> viewers) {
        if (viewers != null) {
            viewers.forEach((kind, number) -> sum.merge(kind, number, Integer::sum));
        }
    }

    /// Forgets what is not true any more.
    ///
    /// @return how many
    public int sweep() {
        return database.withHandle(
                handle ->
                        handle.execute(
                                "DELETE FROM live_report WHERE NOT (" + FRESH + ") LIMIT 1000"));
    }

    static List<LiveStreamParams> params(LiveStreamReport report) {
        return publishing(report).stream().map(LiveReports::params).toList();
    }

    static List<LiveStreamBitrate> bitrates(LiveStreamReport report) {
        return publishing(report).stream()
                .map(
                        rendition -> {
                            var bitrate = new LiveStreamBitrate();
                            bitrate.bitrate = kbps(rendition);
                            bitrate.width = rendition.width;
                            bitrate.height = rendition.height;
                            bitrate.tags = rendition.rendition;
                            return bitrate;
                        })
                .toList();
    }

    private static List<LiveRenditionReport> publishing(LiveStreamReport report) {
        return report.renditions == null
                ? List.of()
                : report.renditions.stream()
                        .filter(rendition -> Boolean.TRUE.equals(rendition.publishing))
                        .toList();
    }

    private static LiveStreamParams params(LiveRenditionReport rendition) {
        var params = new LiveStreamParams();
        params.bitrate = kbps(rendition);
        params.flavorId = rendition.rendition;
        params.width = rendition.width;
        params.height = rendition.height;
        params.codec = rendition.videoCodec == null ? rendition.audioCodec : rendition.videoCodec;
        params.frameRate =
                rendition.frameRate == null ? null : (int) Math.round(rendition.frameRate);
        params.keyFrameInterval = rendition.keyFrameInterval;
        return params;
    }

    private static int kbps(LiveRenditionReport rendition) {
        return (rendition.videoBitrate == null ? 0 : rendition.videoBitrate)
                + (rendition.audioBitrate == null ? 0 : rendition.audioBitrate);
    }
}
