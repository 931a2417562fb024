package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.EntryServerNodeFilter;
import io.millrace.platformapi.model.EntryServerNodeListResponse;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.LiveEntryServerNode;
import io.millrace.platformapi.model.LiveStreamReport;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Which media servers have a live entry's stream, and what it consists of.
@ApiService("entryServerNode")
public final class EntryServerNodeService {
    private static final int MAX_IDS = 500;

    private final EntryStore entries;
    private final LiveStore store;
    private final LiveReports reports;

    public EntryServerNodeService(EntryStore entries, LiveStore store, LiveReports reports) {
        this.entries = entries;
        this.store = store;
        this.reports = reports;
    }

    /// Of the entries named; others' are left out.
    @ApiAction
    public EntryServerNodeListResponse list(
            ApiCall call, @Nullable EntryServerNodeFilter filter, @Nullable FilterPager pager) {
        List<String> ids = new ArrayList<>();
        String named =
                filter == null
                        ? ""
                        : (filter.entryIdEqual == null ? "" : filter.entryIdEqual)
                                + ","
                                + (filter.entryIdIn == null ? "" : filter.entryIdIn);
        for (String id : named.split(",", MAX_IDS + 1)) {
            if (id.isBlank() || ids.size() == MAX_IDS) {
                continue;
            }
            try {
                ids.add(entries.visible(call, id.strip()).id());
            } catch (ApiException _) {
                continue;
            }
        }
        if (named.length() < 2) {
            throw ApiException.cannotBeNull("KalturaEntryServerNodeFilter::entryIdEqual");
        }
        Map<String, LiveStreamReport> known = reports.of(ids);
        List<LiveEntryServerNode> all =
                store.nodes(ids).stream()
                        .map(node -> view(node, known.get(node.entryId())))
                        .toList();
        List<LiveEntryServerNode> page =
                all.stream()
                        .skip(FilterPager.offset(pager))
                        .limit(FilterPager.size(pager))
                        .toList();
        return new EntryServerNodeListResponse().of(page, all.size());
    }

    private static LiveEntryServerNode view(ServerNode node, @Nullable LiveStreamReport report) {
        var view = new LiveEntryServerNode();
        view.entryId = node.entryId();
        view.partnerId = node.partnerId();
        view.status = node.status();
        view.serverType = Integer.toString(node.serverIndex());
        view.createdAt = node.createdAt().getEpochSecond();
        view.updatedAt = node.refreshedAt().getEpochSecond();
        view.streams = report == null ? List.of() : LiveReports.params(report);
        return view;
    }
}
