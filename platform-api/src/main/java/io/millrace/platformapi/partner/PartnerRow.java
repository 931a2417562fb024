package io.millrace.platformapi.partner;

import org.jspecify.annotations.Nullable;

/// A row of `partner`, its secrets opened. {@link #toString} does not show them. Immutable.
public record PartnerRow(
        int id,
        String name,
        @Nullable String adminName,
        @Nullable String adminEmail,
        @Nullable String description,
        int status,
        String secret,
        String adminSecret,
        @Nullable Integer defaultConversionProfileId,
        long createdAt) {
    public static final int ACTIVE = 1;

    @Override
    public String toString() {
        return "PartnerRow[" + id + ", " + name + "]";
    }
}
