package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.BaseEntry;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.MediaEntry;
import io.millrace.platformapi.model.Resource;
import io.millrace.storage.sql.Database;

import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;

/// Adds, changes and deletes entries of every type, after the rules. Thread-safe.
public final class EntryEditing {
    private static final Logger log = LoggerFactory.getLogger(EntryEditing.class);
    private static final int MAX_NAME = 500;

    private final Database database;
    private final EntryStore entries;
    private final DefaultProfile profiles;
    private final ContentIntake intake;
    private final List<EntryFollower> followers;

    public EntryEditing(
            Database database,
            EntryStore entries,
            DefaultProfile profiles,
            ContentIntake intake,
            List<EntryFollower> followers) {
        this.database = database;
        this.entries = entries;
        this.profiles = profiles;
        this.intake = intake;
        this.followers = List.copyOf(followers);
    }

    /// Which conversion profile an entry gets.
    public interface DefaultProfile {
        /// @param asked null: the partner's own default
        /// @throws ApiException CONVERSION_PROFILE_ID_NOT_FOUND when it is not the partner's
        @Nullable Integer choose(int partnerId, @Nullable Integer asked);
    }

    /// The columns of a new entry as the caller wants it; the rest of them is the feature's.
    public EntryChange newEntry(ApiCall call, BaseEntry wanted, int type) {
        String name = wanted.name;
        var change =
                new EntryChange()
                        .set("partner_id", call.partnerId())
                        .set("type", type)
                        .set("name", cut(name == null ? "" : name))
                        .set("user_id", EntryRules.owner(call, wanted.userId))
                        .set(
                                "creator_id",
                                wanted.creatorId == null || !call.isAdmin()
                                        ? call.userId()
                                        : wanted.creatorId)
                        .set(
                                "conversion_profile_id",
                                profiles.choose(call.partnerId(), wanted.conversionProfileId));
        texts(call, wanted, change);
        if (wanted instanceof MediaEntry media) {
            change.set("media_type", media.mediaType)
                    .set(
                            "source_type",
                            media.sourceType == null || media.sourceType.isEmpty()
                                    ? null
                                    : number(media.sourceType, "sourceType"));
        }
        if (wanted.application != null) {
            change.set("application", wanted.application);
        }
        if (wanted.applicationVersion != null) {
            change.set("application_version", wanted.applicationVersion);
        }
        return change;
    }

    public Entry add(EntryChange change) {
        Entry entry = database.inTransaction(handle -> entries.add(handle, change));
        log.info("entry {}: added by partner {}", entry.id(), entry.partnerId());
        return entry;
    }

    public Entry update(ApiCall call, String entryId, BaseEntry wanted) {
        return update(call, entryId, wanted, (_, _) -> {});
    }

    /// What a feature changes together with the entry.
    public interface Also {
        void change(Handle handle, Entry entry);
    }

    public Entry update(ApiCall call, String entryId, BaseEntry wanted, Also also) {
        return database.inTransaction(
                handle -> {
                    Entry entry = entries.visibleForChange(handle, call, entryId);
                    EntryRules.requireEdit(call, entry);
                    var change = new EntryChange();
                    if (wanted.name != null || wanted.isNulled("name")) {
                        change.set("name", cut(wanted.name == null ? "" : wanted.name));
                    }
                    if (wanted.userId != null) {
                        change.set("user_id", EntryRules.owner(call, wanted.userId));
                    }
                    if (wanted.conversionProfileId != null) {
                        change.set(
                                "conversion_profile_id",
                                profiles.choose(entry.partnerId(), wanted.conversionProfileId));
                    }
                    texts(call, wanted, change);
                    also.change(handle, entry);
                    return entries.save(handle, entryId, change);
                });
    }

    public void delete(ApiCall call, String entryId) {
        database.useTransaction(
                handle -> {
                    Entry entry = entries.visibleForChange(handle, call, entryId);
                    EntryRules.requireEdit(call, entry);
                    for (EntryFollower follower : followers) {
                        follower.entryDeleted(handle, entry);
                    }
                    entries.save(
                            handle, entryId, new EntryChange().set("status", EntryStatus.DELETED));
                });
        log.info("entry {}: deleted by partner {}", entryId, call.partnerId());
    }

    public Entry addContent(ApiCall call, String entryId, Resource resource) {
        Entry entry = entries.visible(call, entryId);
        EntryRules.requireEdit(call, entry);
        if (entry.status() != EntryStatus.NO_CONTENT) {
            if (intake.isTaken(entry, resource)) {
                return entry;
            }
            throw ApiException.of(
                    "ENTRY_ALREADY_WITH_CONTENT",
                    "Entry \"" + entryId + "\" already has content",
                    "ENTRY_ID",
                    entryId);
        }
        intake.accept(call, entry, resource);
        return entries.visible(call, entryId);
    }

    /// The fields that may be set at any time: absent leaves, `field__null` clears.
    private static void texts(ApiCall call, BaseEntry wanted, EntryChange change) {
        text(wanted, "description", "description", wanted.description, change);
        text(wanted, "tags", "tags", tags(wanted.tags), change);
        if (call.isAdmin()) {
            text(wanted, "adminTags", "admin_tags", tags(wanted.adminTags), change);
        } else if (wanted.adminTags != null) {
            throw ApiException.of(
                    "PROPERTY_VALIDATION_ADMIN_PROPERTY",
                    "The property \"adminTags\" can be set only by an admin session",
                    "PROP_NAME",
                    "adminTags");
        }
        text(wanted, "referenceId", "reference_id", wanted.referenceId, change);
        text(wanted, "partnerData", "partner_data", wanted.partnerData, change);
        text(wanted, "entitledUsersEdit", "entitled_users_edit", wanted.entitledUsersEdit, change);
        text(wanted, "startDate", "start_date", wanted.startDate, change);
        text(wanted, "endDate", "end_date", wanted.endDate, change);
        text(wanted, "accessControlId", "access_control_id", wanted.accessControlId, change);
        text(wanted, "groupId", "group_id", wanted.groupId, change);
        text(wanted, "licenseType", "license_type", wanted.licenseType, change);
        text(wanted, "redirectEntryId", "redirect_entry_id", wanted.redirectEntryId, change);
        text(wanted, "parentEntryId", "parent_entry_id", wanted.parentEntryId, change);
        if (wanted.partnerSortValue != null) {
            change.set("partner_sort_value", wanted.partnerSortValue);
        }
        if (wanted.displayInSearch != null) {
            change.set("display_in_search", wanted.displayInSearch);
        }
        if (wanted instanceof MediaEntry media) {
            text(media, "creditUserName", "credit_user_name", media.creditUserName, change);
            text(media, "creditUrl", "credit_url", media.creditUrl, change);
        }
    }

    private static void text(
            BaseEntry wanted,
            String field,
            String column,
            @Nullable Object value,
            EntryChange change) {
        if (value != null || wanted.isNulled(field)) {
            change.set(column, value);
        }
    }

    /// Trimmed, each once, joined by commas.
    private static @Nullable String tags(@Nullable String tags) {
        if (tags == null) {
            return null;
        }
        var unique = new java.util.LinkedHashSet<String>();
        for (String tag : tags.split(",")) {
            if (!tag.isBlank()) {
                unique.add(tag.strip());
            }
        }
        return String.join(",", unique);
    }

    private static String cut(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, MAX_NAME);
    }

    private static int number(String value, String field) {
        try {
            return Integer.parseInt(value.strip());
        } catch (NumberFormatException _) {
            throw ApiException.invalidEnumValue(value, field, "Kaltura" + field);
        }
    }
}
