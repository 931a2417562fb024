package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// Which page of a list: `pageIndex` from 1.
public class FilterPager extends ApiObject {
    /// What the real server allows at most.
    public static final int MAX_PAGE_SIZE = 500;

    public static final int DEFAULT_PAGE_SIZE = 30;

    public @Nullable Integer pageSize;
    public @Nullable Integer pageIndex;

    public static int size(@Nullable FilterPager pager) {
        if (pager == null || pager.pageSize == null || pager.pageSize < 0) {
            return DEFAULT_PAGE_SIZE;
        }
        return Math.min(pager.pageSize, MAX_PAGE_SIZE);
    }

    public static int offset(@Nullable FilterPager pager) {
        if (pager == null || pager.pageIndex == null || pager.pageIndex <= 1) {
            return 0;
        }
        return (int) Math.min(Integer.MAX_VALUE, (pager.pageIndex - 1L) * size(pager));
    }
}
