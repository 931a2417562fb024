package io.millrace.platformapi.flavor;

import io.millrace.platformapi.entry.EntryEditing;
import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.ConversionProfile;
import io.millrace.platformapi.model.ConversionProfileFilter;
import io.millrace.platformapi.model.ConversionProfileListResponse;
import io.millrace.platformapi.model.FilterPager;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Collectors;

/// Which flavors entries get.
@ApiService("conversionProfile")
public final class ConversionProfileService implements EntryEditing.DefaultProfile {
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .number("id", "id")
                    .number("status", "status")
                    .number("type", "type")
                    .text("name", "name")
                    .text("systemName", "system_name")
                    .text("tags", "tags")
                    .number("createdAt", "created_at");

    private final ProfileStore profiles;

    public ConversionProfileService(ProfileStore profiles) {
        this.profiles = profiles;
    }

    @ApiAction
    public ConversionProfile get(ApiCall call, int id) {
        return view(visible(call.partnerId(), id));
    }

    @ApiAction
    public ConversionProfile getDefault(ApiCall call, @Nullable String type) {
        int wanted = "2".equals(type) ? Profile.LIVE : Profile.MEDIA;
        return view(
                profiles.defaultOf(call.partnerId(), wanted)
                        .orElseThrow(() -> ApiException.conversionProfileNotFound("default")));
    }

    @ApiAction
    public ConversionProfileListResponse list(
            ApiCall call, @Nullable ConversionProfileFilter filter, @Nullable FilterPager pager) {
        var conditions = new Conditions().equal("partner_id", call.partnerId()).and("status <> 3");
        FILTER.apply(filter, conditions);
        List<ConversionProfile> page =
                profiles
                        .page(
                                conditions,
                                FILTER.orderBy(filter, "created_at DESC", "id"),
                                FilterPager.size(pager),
                                FilterPager.offset(pager))
                        .stream()
                        .map(this::view)
                        .toList();
        return new ConversionProfileListResponse().of(page, profiles.count(conditions));
    }

    /// -1, "no conversion", is Kaltura's; an entry of ours always gets what plays.
    @Override
    public @Nullable Integer choose(int partnerId, @Nullable Integer asked) {
        if (asked != null && asked > 0) {
            return visible(partnerId, asked).id();
        }
        return profiles.defaultOf(partnerId, Profile.MEDIA).map(Profile::id).orElse(null);
    }

    private Profile visible(int partnerId, int id) {
        return profiles.find(partnerId, id)
                .orElseThrow(() -> ApiException.conversionProfileNotFound(Integer.toString(id)));
    }

    private ConversionProfile view(Profile row) {
        var view = new ConversionProfile();
        view.id = row.id();
        view.partnerId = row.partnerId();
        view.status = Integer.toString(row.status());
        view.type = Integer.toString(row.type());
        view.name = row.name();
        view.systemName = row.systemName();
        view.description = row.description();
        view.tags = row.tags();
        view.createdAt = row.createdAt();
        view.isDefault = row.isDefault() ? 1 : 0;
        view.isPartnerDefault = row.isDefault();
        view.flavorParamsIds =
                profiles.specs(row.id()).stream()
                        .map(spec -> Integer.toString(spec.id()))
                        .collect(Collectors.joining(","));
        return view;
    }
}
