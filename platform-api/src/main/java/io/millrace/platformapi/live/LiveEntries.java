package io.millrace.platformapi.live;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryDecorator;
import io.millrace.platformapi.entry.EntryFollower;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.DvrStatus;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.LiveStreamReport;
import io.millrace.platformapi.model.ServerNodeStatus;
import io.millrace.platformapi.playback.EntryPlayback;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a live entry's view shows beyond any entry's: where to publish, and whether it is on the
/// air. The publishing URLs hold the stream's key, so only an admin and the owner see them.
/// Thread-safe.
public final class LiveEntries implements EntryDecorator, EntryFollower, EntryPlayback.LiveState {
    private final LiveStore store;
    private final LiveReports reports;
    private final Endpoint endpoint;

    /// Where encoders publish to.
    ///
    /// @param host empty: the one that the API's caller came by
    /// @param securePort -1 when there is no RTMPS
    public record Endpoint(String host, int port, int securePort) {}

    public LiveEntries(LiveStore store, LiveReports reports, Endpoint endpoint) {
        this.store = store;
        this.reports = reports;
        this.endpoint = endpoint;
    }

    @Override
    public boolean isLive(String entryId) {
        return store.nodes(List.of(entryId)).stream()
                .anyMatch(node -> node.status() == ServerNodeStatus.PLAYABLE);
    }

    @Override
    public boolean goesBack(String entryId) {
        return store.find(entryId).filter(row -> row.dvrStatus() == DvrStatus.ENABLED).isPresent();
    }

    @Override
    public void entryDeleted(Handle handle, Entry entry) {
        if (entry.isLive() && !store.nodes(handle, entry.id()).isEmpty()) {
            throw ApiException.of(
                    "CANNOT_DELETE_LIVE_ENTRY_WHILE_STREAMING",
                    "Live entry \"" + entry.id() + "\" cannot be deleted while it is streaming",
                    "ENTRY_ID",
                    entry.id());
        }
    }

    @Override
    public void decorate(ApiCall call, List<Entry> rows, List<BaseEntry> views) {
        List<String> ids = rows.stream().filter(Entry::isLive).map(Entry::id).toList();
        Map<String, LiveRow> live = new HashMap<>();
        store.findAll(ids).forEach(row -> live.put(row.entryId(), row));
        Map<String, Integer> status = new HashMap<>();
        for (ServerNode node : store.nodes(ids)) {
            status.merge(node.entryId(), node.status(), LiveEntries::better);
        }
        Map<String, LiveStreamReport> known = reports.of(status.keySet());
        for (int i = 0; i < rows.size(); i++) {
            LiveRow row = live.get(rows.get(i).id());
            if (row != null && views.get(i) instanceof LiveStreamEntry view) {
                fill(
                        call,
                        rows.get(i),
                        row,
                        status.getOrDefault(row.entryId(), ServerNodeStatus.STOPPED),
                        view);
                LiveStreamReport report = known.get(row.entryId());
                view.bitrates = report == null ? null : LiveReports.bitrates(report);
            }
        }
    }

    private static int better(int a, int b) {
        return a == ServerNodeStatus.PLAYABLE || b == ServerNodeStatus.PLAYABLE
                ? ServerNodeStatus.PLAYABLE
                : Math.min(a, b);
    }

    private void fill(ApiCall call, Entry entry, LiveRow row, int status, LiveStreamEntry view) {
        view.recordStatus = row.recordStatus();
        view.dvrStatus = row.dvrStatus();
        view.dvrWindow = row.dvrWindowMin();
        view.explicitLive = row.explicitLive() ? 1 : 0;
        view.viewMode = row.viewMode();
        view.offlineMessage = row.offlineMessage();
        view.recordedEntryId = row.recordedEntryId();
        view.recordingStatus = row.recordingStatus();
        view.firstBroadcast = row.firstBroadcast();
        view.lastBroadcast = row.lastBroadcast();
        view.lastBroadcastEndTime = row.lastBroadcastEnd();
        view.currentBroadcastStartTime =
                row.broadcastStart() == null ? null : row.broadcastStart().doubleValue();
        view.liveStatus = status;
        view.streamName = row.streamName();
        if (!mayPublish(call, entry)) {
            return;
        }
        view.streamPassword = row.streamPassword();
        view.streamUsername = row.entryId();
        view.primaryBroadcastingUrl = url(call, row, "rtmp", endpoint.port(), 0);
        view.secondaryBroadcastingUrl = url(call, row, "rtmp", endpoint.port(), 1);
        view.primarySecuredBroadcastingUrl = url(call, row, "rtmps", endpoint.securePort(), 0);
        view.secondarySecuredBroadcastingUrl = url(call, row, "rtmps", endpoint.securePort(), 1);
    }

    private static boolean mayPublish(ApiCall call, Entry entry) {
        return call.isAdmin()
                || (!call.isWidget()
                        && !call.userId().isEmpty()
                        && call.userId().equalsIgnoreCase(entry.userId()));
    }

    private @Nullable String url(ApiCall call, LiveRow row, String scheme, int port, int index) {
        if (port < 0) {
            return null;
        }
        String host = endpoint.host().isEmpty() ? hostOf(call.baseUrl()) : endpoint.host();
        return scheme
                + "://"
                + host
                + ":"
                + port
                + "/kLive?p="
                + row.partnerId()
                + "&e="
                + row.entryId()
                + "&i="
                + index
                + "&t="
                + row.streamToken();
    }

    private static String hostOf(String baseUrl) {
        String host = URI.create(baseUrl).getHost();
        return host == null ? "localhost" : host;
    }
}
