package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.EntryType;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.MediaEntry;
import io.millrace.platformapi.model.MediaType;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Rows as the API's objects, each of the class that its type has. Thread-safe.
public final class EntryViews {
    private static final int SHORT_SECONDS = 4 * 60;
    private static final int MEDIUM_SECONDS = 20 * 60;

    private final String publicUrl;
    private final List<EntryDecorator> decorators;

    /// @param publicUrl scheme, host and port that viewers use; empty: the one a caller came by
    public EntryViews(String publicUrl, List<EntryDecorator> decorators) {
        this.publicUrl = publicUrl;
        this.decorators = List.copyOf(decorators);
    }

    public BaseEntry of(ApiCall call, Entry entry) {
        return of(call, List.of(entry)).getFirst();
    }

    public List<BaseEntry> of(ApiCall call, List<Entry> rows) {
        var views = new ArrayList<BaseEntry>(rows.size());
        for (Entry row : rows) {
            views.add(plain(call, row));
        }
        if (!rows.isEmpty()) {
            for (EntryDecorator decorator : decorators) {
                decorator.decorate(call, rows, views);
            }
        }
        return views;
    }

    private MediaEntry plain(ApiCall call, Entry row) {
        MediaEntry view =
                row.type() == EntryType.LIVE_STREAM ? new LiveStreamEntry() : new MediaEntry();
        view.id = row.id();
        view.partnerId = row.partnerId();
        view.type = Integer.toString(row.type());
        view.status = Integer.toString(row.status());
        view.moderationStatus = row.moderationStatus();
        view.moderationCount = 0;
        view.displayInSearch = row.displayInSearch();
        view.name = row.name();
        view.description = row.description();
        view.tags = row.tags();
        view.adminTags = call.isAdmin() ? row.adminTags() : null;
        view.userId = row.userId();
        view.creatorId = row.creatorId();
        view.entitledUsersEdit = row.entitledUsersEdit();
        view.referenceId = row.referenceId();
        view.rootEntryId = row.rootEntryId();
        view.parentEntryId = row.parentEntryId();
        view.redirectEntryId = row.redirectEntryId();
        view.conversionProfileId = row.conversionProfileId();
        view.accessControlId = row.accessControlId();
        view.startDate = row.startDate();
        view.endDate = row.endDate();
        view.partnerData = row.partnerData();
        view.partnerSortValue = row.partnerSortValue();
        view.groupId = row.groupId();
        view.licenseType = row.licenseType();
        view.application = row.application();
        view.applicationVersion = row.applicationVersion();
        view.replacementStatus = "0";
        view.version = row.version();
        view.rank = 0.0;
        view.totalRank = 0;
        view.votes = 0;
        view.createdAt = row.createdAt();
        view.updatedAt = row.updatedAt();
        view.errorCode = row.errorCode();
        view.errorDescription = row.errorDescription();
        view.plays = row.plays();
        view.views = row.views();
        view.lastPlayedAt = row.lastPlayedAt();
        view.width = row.width();
        view.height = row.height();
        if (row.durationMs() != null) {
            view.msDuration = (int) Math.min(Integer.MAX_VALUE, row.durationMs());
            view.duration = (int) Math.min(Integer.MAX_VALUE, (row.durationMs() + 500) / 1000);
        }
        view.durationType = durationType(view.duration);
        view.mediaType = row.mediaType();
        view.sourceType = row.sourceType() == null ? null : Integer.toString(row.sourceType());
        view.creditUserName = row.creditUserName();
        view.creditUrl = row.creditUrl();
        String base =
                (publicUrl.isEmpty() ? call.baseUrl() : publicUrl)
                        + "/p/"
                        + row.partnerId()
                        + "/sp/"
                        + row.partnerId()
                        + "00/";
        view.thumbnailUrl =
                base
                        + "thumbnail/entry_id/"
                        + row.id()
                        + "/version/"
                        + (100_000 + row.thumbnailVersion());
        view.downloadUrl = base + "raw/entry_id/" + row.id() + "/version/0";
        view.dataUrl =
                Integer.valueOf(MediaType.IMAGE).equals(row.mediaType())
                        ? view.thumbnailUrl
                        : base + "playManifest/entryId/" + row.id() + "/format/url/protocol/http";
        view.searchText = searchText(row);
        return view;
    }

    private static String searchText(Entry row) {
        return (row.name()
                        + " "
                        + (row.tags() == null ? "" : row.tags())
                        + " "
                        + (row.description() == null ? "" : row.description()))
                .strip();
    }

    private static String durationType(@Nullable Integer seconds) {
        if (seconds == null) {
            return "notavailable";
        }
        return seconds < SHORT_SECONDS ? "short" : seconds <= MEDIUM_SECONDS ? "medium" : "long";
    }
}
