package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What all entries have (kaltura-v3 c.1).
public class BaseEntry extends ApiObject {
    @ReadOnly public @Nullable String id;
    public @Nullable String name;
    public @Nullable String description;
    @ReadOnly public @Nullable Integer partnerId;
    public @Nullable String userId;
    @InsertOnly public @Nullable String creatorId;
    public @Nullable String tags;
    public @Nullable String adminTags;
    public @Nullable String categories;
    public @Nullable String categoriesIds;
    @ReadOnly @NumericString public @Nullable String status;
    @ReadOnly public @Nullable Integer moderationStatus;
    @ReadOnly public @Nullable Integer moderationCount;
    @NumericString public @Nullable String type;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly @Time public @Nullable Long updatedAt;
    @ReadOnly public @Nullable Double rank;
    @ReadOnly public @Nullable Integer totalRank;
    @ReadOnly public @Nullable Integer votes;
    public @Nullable Integer groupId;
    public @Nullable String partnerData;
    @ReadOnly public @Nullable String downloadUrl;
    @ReadOnly public @Nullable String searchText;
    public @Nullable Integer licenseType;
    @ReadOnly public @Nullable Integer version;
    @ReadOnly public @Nullable String thumbnailUrl;
    public @Nullable Integer accessControlId;
    @Time public @Nullable Long startDate;
    @Time public @Nullable Long endDate;
    public @Nullable String referenceId;
    @ReadOnly public @Nullable String replacingEntryId;
    @ReadOnly public @Nullable String replacedEntryId;
    @ReadOnly @NumericString public @Nullable String replacementStatus;
    public @Nullable Integer partnerSortValue;
    public @Nullable Integer conversionProfileId;
    public @Nullable String redirectEntryId;
    @ReadOnly public @Nullable String rootEntryId;
    public @Nullable String parentEntryId;
    public @Nullable String entitledUsersEdit;
    public @Nullable String entitledUsersPublish;
    public @Nullable String entitledUsersView;
    @ReadOnly public @Nullable String capabilities;
    @InsertOnly public @Nullable String templateEntryId;
    public @Nullable Integer displayInSearch;
    @InsertOnly public @Nullable String application;
    @InsertOnly public @Nullable String applicationVersion;
    public @Nullable Boolean blockAutoTranscript;

    /// Ours: how far the work on this entry is, 0 to 100, while it is not ready.
    @ReadOnly public @Nullable Integer processingProgress;

    /// Ours: a short code of what went wrong, when the status is an error.
    @ReadOnly public @Nullable String errorCode;

    /// Ours: what went wrong, in words for the publisher.
    @ReadOnly public @Nullable String errorDescription;
}
