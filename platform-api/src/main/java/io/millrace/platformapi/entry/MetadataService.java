package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.MetadataFilter;
import io.millrace.platformapi.model.MetadataListResponse;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Custom metadata: nothing can have any yet, and every list is truly empty. The Kaltura player
/// asks on every load and does not play without an answer.
@ApiService("metadata_metadata")
public final class MetadataService {
    @ApiAction(access = Access.WIDGET)
    public MetadataListResponse list(
            ApiCall call, @Nullable MetadataFilter filter, @Nullable FilterPager pager) {
        return new MetadataListResponse().of(List.of(), 0);
    }
}
