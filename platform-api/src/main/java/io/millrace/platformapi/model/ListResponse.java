package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One page of a list and how many there are in all. Each list has its own subclass, for its name:
/// `public class MediaListResponse extends ListResponse<MediaEntry> {}`.
public abstract class ListResponse<T extends ApiObject> extends ApiObject {
    public @Nullable List<T> objects;
    @ReadOnly public @Nullable Integer totalCount;

    /// Fills and returns this response.
    @SuppressWarnings("unchecked")
    public <R extends ListResponse<T>> R of(List<T> page, int total) {
        objects = page;
        totalCount = total;
        return (R) this;
    }
}
