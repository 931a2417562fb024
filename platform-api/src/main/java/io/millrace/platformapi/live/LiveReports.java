package io.millrace.platformapi.live;

import io.millrace.platformapi.model.LiveNodeViewers;
import io.millrace.platformapi.model.LiveRenditionReport;
import io.millrace.platformapi.model.LiveStreamBitrate;
import io.millrace.platformapi.model.LiveStreamParams;
import io.millrace.platformapi.model.LiveStreamReport;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.mapper.reflect.ConstructorMapper;
import org.jdbi.v3.core.statement.Query;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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

    /// A stream has sixteen renditions at most, of a kilobyte each, and viewers on 251 nodes.
    static final int MAX_CHARS = 128 << 10;

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
        Map<String, Map<String, Map<String, Integer>>> viewers = new HashMap<>();
        for (Row row : rows) {
            LiveStreamReport report = JSON.readValue(row.report(), LiveStreamReport.class);
            report.hostName = row.hostName();
            report.reportedAt = row.reportedAt().getEpochSecond();
            shares(report)
                    .forEach(
                            viewers.computeIfAbsent(row.entryId(), _ -> new TreeMap<>())
                                    ::putIfAbsent);
            byEntry.merge(
                    row.entryId(),
                    report,
                    (newer, older) -> hasNone(newer) && !hasNone(older) ? older : newer);
        }
        byEntry.forEach((entryId, report) -> tell(report, viewers.getOrDefault(entryId, Map.of())));
        return byEntry;
    }

    private static boolean hasNone(LiveStreamReport report) {
        return report.renditions == null || report.renditions.isEmpty();
    }

    /// Who watches, by node. The report of a node that does not say where they do is of its own.
    private static Map<String, Map<String, Integer>> shares(LiveStreamReport report) {
        var shares = new TreeMap<String, Map<String, Integer>>();
        if (report.viewersByNode == null) {
            if (report.viewers != null && report.hostName != null) {
                shares.put(report.hostName, report.viewers);
            }
            return shares;
        }
        for (LiveNodeViewers share : report.viewersByNode) {
            if (share != null && share.node != null && share.viewers != null) {
                shares.put(share.node, share.viewers);
            }
        }
        return shares;
    }

    /// Each node's share counts once, whatever number of nodes it told: a stream may have moved.
    private static void tell(LiveStreamReport report, Map<String, Map<String, Integer>> byNode) {
        Map<String, Integer> sum = new TreeMap<>();
        List<LiveNodeViewers> shares = new ArrayList<>();
        byNode.forEach(
                (node, viewers) -> {
                    var share = new LiveNodeViewers();
                    share.node = node;
                    share.viewers = viewers;
                    shares.add(share);
                    viewers.forEach((kind, number) -> sum.merge(kind, number, Integer::sum));
                });
        report.viewers = sum;
        report.viewersByNode = shares;
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
