package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.EntryType;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.MediaEntry;
import io.millrace.platformapi.model.MediaEntryFilter;
import io.millrace.platformapi.model.MediaListResponse;
import io.millrace.platformapi.model.Resource;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Videos, sounds and pictures.
@ApiService("media")
public final class MediaService {
    private static final List<Integer> TYPES =
            List.of(EntryType.MEDIA_CLIP, EntryType.LIVE_STREAM, EntryType.LIVE_CHANNEL);

    private final EntryStore entries;
    private final EntryEditing editing;
    private final EntryLists lists;
    private final EntryViews views;

    public MediaService(
            EntryStore entries, EntryEditing editing, EntryLists lists, EntryViews views) {
        this.entries = entries;
        this.editing = editing;
        this.lists = lists;
        this.views = views;
    }

    @ApiAction
    public MediaEntry add(ApiCall call, MediaEntry entry) {
        Entry added =
                editing.add(
                        editing.newEntry(call, entry, EntryType.MEDIA_CLIP)
                                .set("status", EntryStatus.NO_CONTENT));
        return view(call, added);
    }

    @ApiAction
    public MediaEntry addContent(ApiCall call, String entryId, Resource resource) {
        return view(call, editing.addContent(call, entryId, resource));
    }

    @ApiAction(access = Access.WIDGET)
    public MediaEntry get(ApiCall call, String entryId, @Default("-1") int version) {
        return view(call, entries.visible(call, entryId));
    }

    @ApiAction(access = Access.WIDGET)
    public MediaListResponse list(
            ApiCall call, @Nullable MediaEntryFilter filter, @Nullable FilterPager pager) {
        EntryLists.Page page = lists.page(call, filter, pager, TYPES);
        var objects = new ArrayList<MediaEntry>();
        for (BaseEntry view : views.of(call, page.rows())) {
            if (view instanceof MediaEntry media) {
                objects.add(media);
            }
        }
        return new MediaListResponse().of(objects, page.total());
    }

    @ApiAction(access = Access.WIDGET)
    public int count(ApiCall call, @Nullable MediaEntryFilter filter) {
        return lists.count(call, filter, TYPES);
    }

    @ApiAction
    public MediaEntry update(ApiCall call, String entryId, MediaEntry mediaEntry) {
        return view(call, editing.update(call, entryId, mediaEntry));
    }

    @ApiAction
    public void delete(ApiCall call, String entryId) {
        editing.delete(call, entryId);
    }

    private MediaEntry view(ApiCall call, Entry entry) {
        return (MediaEntry) views.of(call, entry);
    }
}
