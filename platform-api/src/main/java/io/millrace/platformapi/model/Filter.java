package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What every list's filter has. A member's name ends in its test: `statusIn`, `idEqual`,
/// `createdAtGreaterThanOrEqual` (kaltura-v3 e.1).
public abstract class Filter extends ApiObject {
    /// `+createdAt` ascending, `-createdAt` descending.
    public @Nullable String orderBy;
}
