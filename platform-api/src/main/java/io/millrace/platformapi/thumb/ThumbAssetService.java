package io.millrace.platformapi.thumb;

import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.ThumbAsset;
import io.millrace.platformapi.model.ThumbAssetFilter;
import io.millrace.platformapi.model.ThumbAssetListResponse;
import io.millrace.platformapi.model.ThumbAssetStatus;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Thumbnails of entries.
@ApiService("thumbAsset")
public final class ThumbAssetService {
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .text("id", "id")
                    .text("entryId", "entry_id")
                    .number("partnerId", "partner_id")
                    .number("createdAt", "created_at")
                    .number("updatedAt", "updated_at")
                    .number("status", "status");

    private final EntryStore entries;
    private final ThumbStore thumbs;

    public ThumbAssetService(EntryStore entries, ThumbStore thumbs) {
        this.entries = entries;
        this.thumbs = thumbs;
    }

    @ApiAction(access = Access.WIDGET)
    public ThumbAsset get(ApiCall call, String thumbAssetId) {
        return thumbs.find(thumbAssetId)
                .filter(thumb -> thumb.status() != ThumbAssetStatus.DELETED)
                .filter(thumb -> thumb.partnerId() == call.partnerId())
                .map(ThumbAssetService::view)
                .orElseThrow(
                        () ->
                                ApiException.of(
                                        "THUMB_ASSET_ID_NOT_FOUND",
                                        "The thumbnail asset id \"" + thumbAssetId + "\" not found",
                                        "THUMB_ASSET_ID",
                                        thumbAssetId));
    }

    @ApiAction(access = Access.WIDGET)
    public ThumbAssetListResponse list(
            ApiCall call, @Nullable ThumbAssetFilter filter, @Nullable FilterPager pager) {
        if (filter != null && filter.entryIdEqual != null && !filter.entryIdEqual.isEmpty()) {
            entries.visible(call, filter.entryIdEqual);
        } else if (!call.isAdmin()) {
            throw ApiException.cannotBeNull("KalturaThumbAssetFilter::entryIdEqual");
        }
        var conditions =
                new Conditions()
                        .equal("partner_id", call.partnerId())
                        .and("status <> " + ThumbAssetStatus.DELETED);
        FILTER.apply(filter, conditions);
        List<ThumbAsset> page =
                thumbs
                        .page(
                                conditions,
                                FILTER.orderBy(filter, "created_at", "id"),
                                FilterPager.size(pager),
                                FilterPager.offset(pager))
                        .stream()
                        .map(ThumbAssetService::view)
                        .toList();
        return new ThumbAssetListResponse().of(page, thumbs.count(conditions));
    }

    private static ThumbAsset view(Thumb row) {
        var view = new ThumbAsset();
        view.id = row.id();
        view.entryId = row.entryId();
        view.partnerId = row.partnerId();
        view.version = Integer.toString(row.version());
        view.size = (int) ((row.sizeBytes() + 1023) / 1024);
        view.sizeInBytes = (double) row.sizeBytes();
        view.tags = row.isDefault() ? "default_thumb" : "";
        view.fileExt = row.fileExt();
        view.createdAt = row.createdAt();
        view.updatedAt = row.updatedAt();
        view.description = row.description();
        view.width = row.width();
        view.height = row.height();
        view.status = row.status();
        return view;
    }
}
