package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.BaseEntryFilter;
import io.millrace.platformapi.model.BaseEntryListResponse;
import io.millrace.platformapi.model.ContextDataParams;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.EntryType;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.PlaybackContext;
import io.millrace.platformapi.model.Resource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Entries of every type, each answered as the class it is.
@ApiService("baseEntry")
public final class BaseEntryService {
    private static final List<Integer> TYPES =
            List.of(
                    EntryType.MEDIA_CLIP,
                    EntryType.MIX,
                    EntryType.PLAYLIST,
                    EntryType.DATA,
                    EntryType.LIVE_STREAM,
                    EntryType.LIVE_CHANNEL,
                    EntryType.DOCUMENT);

    /// No list of ids is longer.
    private static final int MAX_IDS = 500;

    private final EntryStore entries;
    private final EntryEditing editing;
    private final EntryLists lists;
    private final EntryViews views;
    private final PlaybackContexts playback;

    public BaseEntryService(
            EntryStore entries,
            EntryEditing editing,
            EntryLists lists,
            EntryViews views,
            PlaybackContexts playback) {
        this.entries = entries;
        this.editing = editing;
        this.lists = lists;
        this.views = views;
        this.playback = playback;
    }

    @ApiAction
    public BaseEntry add(ApiCall call, BaseEntry entry, @Default("-1") int type) {
        Entry added =
                editing.add(
                        editing.newEntry(call, entry, EntryType.MEDIA_CLIP)
                                .set("status", EntryStatus.NO_CONTENT));
        return views.of(call, added);
    }

    @ApiAction
    public BaseEntry addContent(ApiCall call, String entryId, Resource resource) {
        return views.of(call, editing.addContent(call, entryId, resource));
    }

    @ApiAction(access = Access.WIDGET)
    public BaseEntry get(ApiCall call, String entryId, @Default("-1") int version) {
        return views.of(call, entries.visible(call, entryId));
    }

    /// In the order of the ids; what the caller can't see is left out.
    @ApiAction(access = Access.WIDGET)
    public List<BaseEntry> getByIds(ApiCall call, String entryIds) {
        var rows = new ArrayList<Entry>();
        for (String id : entryIds.split(",", MAX_IDS + 1)) {
            if (id.isBlank() || rows.size() == MAX_IDS) {
                continue;
            }
            try {
                rows.add(entries.visible(call, id.strip()));
            } catch (ApiException _) {
                continue;
            }
        }
        return views.of(call, rows);
    }

    @ApiAction(access = Access.WIDGET)
    public BaseEntryListResponse list(
            ApiCall call, @Nullable BaseEntryFilter filter, @Nullable FilterPager pager) {
        EntryLists.Page page = lists.page(call, filter, pager, TYPES);
        return new BaseEntryListResponse().of(views.of(call, page.rows()), page.total());
    }

    @ApiAction(access = Access.WIDGET)
    public BaseEntryListResponse listByReferenceId(
            ApiCall call, String refId, @Nullable FilterPager pager) {
        var filter = new BaseEntryFilter();
        filter.referenceIdEqual = refId;
        return list(call, filter, pager);
    }

    @ApiAction(access = Access.WIDGET)
    public int count(ApiCall call, @Nullable BaseEntryFilter filter) {
        return lists.count(call, filter, TYPES);
    }

    @ApiAction
    public BaseEntry update(ApiCall call, String entryId, BaseEntry baseEntry) {
        return views.of(call, editing.update(call, entryId, baseEntry));
    }

    @ApiAction
    public void delete(ApiCall call, String entryId) {
        editing.delete(call, entryId);
    }

    @ApiAction(access = Access.WIDGET)
    public PlaybackContext getPlaybackContext(
            ApiCall call, String entryId, @Nullable ContextDataParams contextDataParams) {
        return playback.of(call, entries.visible(call, entryId));
    }
}
