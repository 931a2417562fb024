package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryRules;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.LiveStreamReport;
import io.millrace.platformapi.model.LiveStreamReportListResponse;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// How live streams are doing: told by media servers, asked by who may change the entry, as it
/// shows publishers' addresses. Ours, not Kaltura's.
@ApiService("liveStreamReport")
public final class LiveStreamReportService {
    /// No partner has so many streams on the air.
    private static final int MOST = 2000;

    private final EntryStore entries;
    private final LiveReports reports;

    public LiveStreamReportService(EntryStore entries, LiveReports reports) {
        this.entries = entries;
        this.reports = reports;
    }

    /// The streams of a media server, or some of them, as they are now.
    @ApiAction(access = Access.INTERNAL)
    public void tell(ApiCall call, String hostName, List<LiveStreamReport> streams) {
        reports.keep(hostName, streams);
    }

    @ApiAction
    public LiveStreamReport get(ApiCall call, String entryId) {
        Entry entry = entries.visible(call, entryId);
        EntryRules.requireEdit(call, entry);
        return reports.of(entryId)
                .orElseThrow(
                        () ->
                                ApiException.of(
                                        "LIVE_STREAM_STATUS_CANNOT_BE_DETERMINED",
                                        "Nobody reports on live stream \"" + entryId + "\" now",
                                        "ENTRY_ID",
                                        entryId));
    }

    /// All that are on the air.
    @ApiAction(access = Access.ADMIN)
    public LiveStreamReportListResponse list(ApiCall call, @Nullable FilterPager pager) {
        List<LiveStreamReport> all =
                List.copyOf(reports.ofPartner(call.partnerId(), MOST).values());
        List<LiveStreamReport> page =
                all.stream()
                        .skip(FilterPager.offset(pager))
                        .limit(FilterPager.size(pager))
                        .toList();
        return new LiveStreamReportListResponse().of(page, all.size());
    }
}
