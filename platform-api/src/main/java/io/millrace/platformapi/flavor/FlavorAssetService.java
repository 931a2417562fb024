package io.millrace.platformapi.flavor;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.job.Job;
import io.millrace.platformapi.job.JobStore;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.FlavorAsset;
import io.millrace.platformapi.model.FlavorAssetFilter;
import io.millrace.platformapi.model.FlavorAssetListResponse;
import io.millrace.platformapi.model.FlavorAssetStatus;
import io.millrace.platformapi.model.FlavorAssetWithParams;
import io.millrace.platformapi.model.JobState;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Renditions of entries.
@ApiService("flavorAsset")
public final class FlavorAssetService {
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .text("id", "id")
                    .text("entryId", "entry_id")
                    .number("partnerId", "partner_id")
                    .number("size", "size_bytes")
                    .text("tags", "tags")
                    .number("createdAt", "created_at")
                    .number("updatedAt", "updated_at")
                    .number("flavorParamsId", "flavor_params_id")
                    .number("status", "status");

    private final EntryStore entries;
    private final FlavorStore flavors;
    private final ProfileStore profiles;
    private final JobStore jobs;
    private final FlavorLinks links;

    public FlavorAssetService(
            EntryStore entries,
            FlavorStore flavors,
            ProfileStore profiles,
            JobStore jobs,
            FlavorLinks links) {
        this.entries = entries;
        this.flavors = flavors;
        this.profiles = profiles;
        this.jobs = jobs;
        this.links = links;
    }

    /// Where a flavor's bytes are to be had; implemented by the playback feature.
    public interface FlavorLinks {
        String progressive(ApiCall call, Flavor flavor);
    }

    @ApiAction(access = Access.WIDGET)
    public FlavorAsset get(ApiCall call, String id) {
        return views(List.of(visible(call, id))).getFirst();
    }

    @ApiAction(access = Access.WIDGET)
    public List<FlavorAsset> getByEntryId(ApiCall call, String entryId) {
        Entry entry = entries.visible(call, entryId);
        return views(flavors.ofEntry(entry.id()));
    }

    @ApiAction(access = Access.WIDGET)
    public FlavorAssetListResponse list(
            ApiCall call, @Nullable FlavorAssetFilter filter, @Nullable FilterPager pager) {
        boolean named =
                filter != null
                        && (isSet(filter.entryIdEqual)
                                || isSet(filter.entryIdIn)
                                || isSet(filter.idEqual)
                                || isSet(filter.idIn));
        if (!call.isAdmin() && !named) {
            throw ApiException.cannotBeNull(
                    "KalturaFlavorAssetFilter::entryIdEqual/KalturaFlavorAssetFilter::entryIdIn");
        }
        if (filter != null && isSet(filter.entryIdEqual)) {
            entries.visible(call, filter.entryIdEqual == null ? "" : filter.entryIdEqual);
        }
        var conditions = new Conditions().and("status <> " + FlavorAssetStatus.DELETED);
        if (!(call.isInternal() && call.partnerId() < 0)) {
            conditions.equal("partner_id", call.partnerId());
        }
        FILTER.apply(filter, conditions);
        List<Flavor> page =
                flavors.page(
                        conditions,
                        FILTER.orderBy(filter, "is_original DESC, bitrate_kbps", "id"),
                        FilterPager.size(pager),
                        FilterPager.offset(pager));
        return new FlavorAssetListResponse().of(views(page), flavors.count(conditions));
    }

    /// Each wanted flavor with what there is of it, and what there is besides.
    @ApiAction
    public List<FlavorAssetWithParams> getFlavorAssetsWithParams(ApiCall call, String entryId) {
        Entry entry = entries.visible(call, entryId);
        var present = new LinkedHashMap<Integer, FlavorAsset>();
        for (FlavorAsset view : views(flavors.ofEntry(entryId))) {
            if (view.flavorParamsId != null) {
                present.put(view.flavorParamsId, view);
            }
        }
        var answer = new ArrayList<FlavorAssetWithParams>();
        for (FlavorSpec spec : profiles.specs(entry.conversionProfileId())) {
            var pair = new FlavorAssetWithParams();
            pair.entryId = entryId;
            pair.flavorParams = FlavorViews.of(spec);
            pair.flavorAsset = present.remove(spec.id());
            answer.add(pair);
        }
        for (FlavorAsset rest : present.values()) {
            var pair = new FlavorAssetWithParams();
            pair.entryId = entryId;
            pair.flavorAsset = rest;
            answer.add(pair);
        }
        return answer;
    }

    @ApiAction(access = Access.WIDGET)
    public String getUrl(
            ApiCall call,
            String id,
            @Nullable Integer storageId,
            @Default("false") boolean forceProxy) {
        Flavor flavor = visible(call, id);
        if (!flavor.isReady()) {
            throw ApiException.of(
                    "FLAVOR_ASSET_IS_NOT_READY",
                    "Flavor asset \"" + id + "\" is not ready",
                    "FLAVOR_ASSET_ID",
                    id);
        }
        if (flavor.isOriginal() && !call.isAdmin()) {
            throw ApiException.flavorAssetNotFound(id);
        }
        return links.progressive(call, flavor);
    }

    @ApiAction
    public String getDownloadUrl(ApiCall call, String id, @Default("false") boolean useCdn) {
        return getUrl(call, id, null, false);
    }

    private Flavor visible(ApiCall call, String id) {
        return flavors.find(id)
                .filter(flavor -> flavor.status() != FlavorAssetStatus.DELETED)
                .filter(
                        flavor ->
                                flavor.partnerId() == call.partnerId()
                                        || (call.isInternal() && call.partnerId() < 0))
                .orElseThrow(() -> ApiException.flavorAssetNotFound(id));
    }

    private List<FlavorAsset> views(List<Flavor> rows) {
        var working = new HashSet<String>();
        for (Flavor row : rows) {
            if (row.status() == FlavorAssetStatus.CONVERTING
                    || row.status() == FlavorAssetStatus.QUEUED) {
                working.add(row.entryId());
            }
        }
        Map<String, Integer> progress = new HashMap<>();
        for (Job job : jobs.ofEntries(working)) {
            if (job.state().equals(JobState.RUNNING)) {
                progress.put(job.assetId(), job.progress());
            }
        }
        var views = new ArrayList<FlavorAsset>();
        for (Flavor row : rows) {
            FlavorAsset view = FlavorViews.of(row);
            if (view.conversionProgress == null) {
                view.conversionProgress = progress.getOrDefault(row.id(), 0);
            }
            views.add(view);
        }
        return views;
    }

    private static boolean isSet(@Nullable String value) {
        return value != null && !value.isEmpty();
    }
}
