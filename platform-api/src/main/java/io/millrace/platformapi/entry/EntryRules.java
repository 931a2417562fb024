package io.millrace.platformapi.entry;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.BaseEntryFilter;

import org.jspecify.annotations.Nullable;

/// Who may do what with an entry (kaltura-v3 b.6, e.2). That another partner's entries are
/// invisible is {@link EntryStore#visible}'s work.
public final class EntryRules {
    private EntryRules() {}

    /// An admin, the owner, a co-editor, or who was given `edit:` for it.
    ///
    /// @throws ApiException INVALID_KS when none of these
    public static void requireEdit(ApiCall call, Entry entry) {
        if (call.isAdmin()
                || call.has("edit", entry.id())
                || isUser(call, entry.userId())
                || isAmong(call, entry.entitledUsersEdit())) {
            return;
        }
        throw ApiException.invalidKs(
                call.session().text(), -4, "the user may not change entry " + entry.id());
    }

    /// Whose the new or changed entry becomes.
    ///
    /// @throws ApiException when a user would make somebody else the owner
    static @Nullable String owner(ApiCall call, @Nullable String asked) {
        if (asked == null || asked.isEmpty() || asked.equalsIgnoreCase(call.userId())) {
            return call.userId();
        }
        if (!call.isAdmin()) {
            throw ApiException.invalidKs(
                    call.session().text(), -4, "a user session may not name another user");
        }
        return asked;
    }

    /// Narrows a list to what this caller may see: a session without `list:*` sees its own entries
    /// unless it names which ones it means.
    static void narrow(ApiCall call, @Nullable BaseEntryFilter filter, Conditions conditions) {
        if (!(call.isInternal() && call.partnerId() < 0)) {
            conditions.equal("partner_id", call.partnerId());
        }
        if (call.isAdmin() || call.has("list", "*") || names(filter)) {
            return;
        }
        conditions.equal("user_id", call.userId());
    }

    private static boolean names(@Nullable BaseEntryFilter filter) {
        return filter != null
                && (isSet(filter.idEqual)
                        || isSet(filter.idIn)
                        || isSet(filter.referenceIdEqual)
                        || isSet(filter.referenceIdIn)
                        || isSet(filter.redirectFromEntryId)
                        || isSet(filter.parentEntryIdEqual));
    }

    static boolean isSet(@Nullable String value) {
        return value != null && !value.isEmpty();
    }

    private static boolean isUser(ApiCall call, @Nullable String userId) {
        return !call.isWidget()
                && userId != null
                && !userId.isEmpty()
                && userId.equalsIgnoreCase(call.userId());
    }

    private static boolean isAmong(ApiCall call, @Nullable String users) {
        if (users == null) {
            return false;
        }
        for (String user : users.split(",")) {
            if (isUser(call, user.strip())) {
                return true;
            }
        }
        return false;
    }
}
