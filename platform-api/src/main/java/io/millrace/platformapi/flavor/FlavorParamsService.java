package io.millrace.platformapi.flavor;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.FlavorParams;
import io.millrace.platformapi.model.FlavorParamsFilter;
import io.millrace.platformapi.model.FlavorParamsListResponse;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// What flavors can become: everybody's params and the partner's own.
@ApiService("flavorParams")
public final class FlavorParamsService {
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .text("systemName", "system_name")
                    .text("tags", "tags")
                    .text("format", "format");

    private final ProfileStore profiles;

    public FlavorParamsService(ProfileStore profiles) {
        this.profiles = profiles;
    }

    @ApiAction
    public FlavorParams get(ApiCall call, int id) {
        return profiles.specs(own(call).equal("id", id)).stream()
                .map(FlavorViews::of)
                .findFirst()
                .orElseThrow(
                        () ->
                                ApiException.of(
                                        "FLAVOR_PARAMS_ID_NOT_FOUND",
                                        "Flavor params id \"" + id + "\" not found",
                                        "FLAVOR_PARAMS_ID",
                                        Integer.toString(id)));
    }

    @ApiAction
    public FlavorParamsListResponse list(
            ApiCall call, @Nullable FlavorParamsFilter filter, @Nullable FilterPager pager) {
        Conditions conditions = own(call);
        FILTER.apply(filter, conditions);
        List<FlavorParams> all = profiles.specs(conditions).stream().map(FlavorViews::of).toList();
        return new FlavorParamsListResponse()
                .of(
                        all.stream()
                                .skip(FilterPager.offset(pager))
                                .limit(FilterPager.size(pager))
                                .toList(),
                        all.size());
    }

    private static Conditions own(ApiCall call) {
        return new Conditions().in("partner_id", List.of(0, call.partnerId()));
    }
}
