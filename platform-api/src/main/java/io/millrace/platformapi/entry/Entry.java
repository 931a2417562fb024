package io.millrace.platformapi.entry;

import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.EntryType;

import org.jspecify.annotations.Nullable;

/// A row of `entry`: what the platform knows of one entry of any type. Numbers of enums are the
/// API's; times are Unix seconds. Immutable.
///
/// @param rowVersion counts saves
public record Entry(
        String id,
        int partnerId,
        int type,
        @Nullable Integer mediaType,
        @Nullable Integer sourceType,
        int status,
        int moderationStatus,
        int displayInSearch,
        String name,
        @Nullable String description,
        @Nullable String tags,
        @Nullable String adminTags,
        @Nullable String userId,
        @Nullable String creatorId,
        @Nullable String entitledUsersEdit,
        @Nullable String referenceId,
        @Nullable String rootEntryId,
        @Nullable String parentEntryId,
        @Nullable String redirectEntryId,
        @Nullable Integer conversionProfileId,
        @Nullable Integer accessControlId,
        @Nullable Long startDate,
        @Nullable Long endDate,
        @Nullable String partnerData,
        int partnerSortValue,
        @Nullable Integer groupId,
        @Nullable Integer licenseType,
        @Nullable String creditUserName,
        @Nullable String creditUrl,
        @Nullable String application,
        @Nullable String applicationVersion,
        @Nullable Long durationMs,
        @Nullable Integer width,
        @Nullable Integer height,
        int thumbnailVersion,
        int version,
        long plays,
        long views,
        @Nullable Long lastPlayedAt,
        @Nullable String errorCode,
        @Nullable String errorDescription,
        long createdAt,
        long updatedAt,
        long rowVersion) {
    public boolean isReady() {
        return status == EntryStatus.READY;
    }

    public boolean isLive() {
        return type == EntryType.LIVE_STREAM || type == EntryType.LIVE_CHANNEL;
    }

    /// Neither waiting for content nor at an end: somebody or something works on it.
    public boolean isInTheMaking() {
        return status == EntryStatus.IMPORT || status == EntryStatus.PRECONVERT;
    }
}
