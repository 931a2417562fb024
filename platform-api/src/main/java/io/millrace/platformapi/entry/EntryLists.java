package io.millrace.platformapi.entry;

import io.millrace.platformapi.filter.Conditions;
import io.millrace.platformapi.filter.FilterColumns;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.model.BaseEntryFilter;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.model.FilterPager;
import io.millrace.platformapi.model.ModerationStatus;
import io.millrace.platformapi.model.PlayableEntryFilter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Lists and counts of entries: filter, defaults, order, page (kaltura-v3 e.1 to e.3). Thread-safe.
public final class EntryLists {
    private static final FilterColumns FILTER =
            new FilterColumns()
                    .text("id", "id")
                    .text("name", "name")
                    .number("partnerId", "partner_id")
                    .text("userId", "user_id")
                    .text("creatorId", "creator_id")
                    .text("tags", "tags")
                    .text("adminTags", "admin_tags")
                    .number("status", "status")
                    .number("moderationStatus", "moderation_status")
                    .number("type", "type")
                    .number("createdAt", "created_at")
                    .number("updatedAt", "updated_at")
                    .number("groupId", "group_id")
                    .number("accessControlId", "access_control_id")
                    .number("startDate", "start_date")
                    .number("endDate", "end_date")
                    .text("referenceId", "reference_id")
                    .number("partnerSortValue", "partner_sort_value")
                    .text("rootEntryId", "root_entry_id")
                    .text("parentEntryId", "parent_entry_id")
                    .number("displayInSearch", "display_in_search")
                    .text("tagsName", "tags", "name")
                    .text("tagsAdminTags", "tags", "admin_tags")
                    .text("tagsAdminTagsName", "tags", "admin_tags", "name")
                    .text("description", "description")
                    .number("conversionProfileId", "conversion_profile_id")
                    .number("lastPlayedAt", "last_played_at")
                    .number("mediaType", "media_type")
                    .number("sourceType", "source_type")
                    .number("plays", "plays")
                    .number("views", "views");

    private final EntryStore entries;
    private final EntryWords words;

    public EntryLists(EntryStore entries, EntryWords words) {
        this.entries = entries;
        this.words = words;
    }

    /// A page of a list and the number of all.
    public record Page(List<Entry> rows, int total) {}

    /// @param types of entries that this list is about
    public Page page(
            ApiCall call,
            @Nullable BaseEntryFilter filter,
            @Nullable FilterPager pager,
            List<Integer> types) {
        return page(call, filter, pager, types, _ -> {});
    }

    /// @param also what another feature adds to the filter
    public Page page(
            ApiCall call,
            @Nullable BaseEntryFilter filter,
            @Nullable FilterPager pager,
            List<Integer> types,
            Consumer<Conditions> also) {
        Conditions conditions = conditions(call, filter, types);
        also.accept(conditions);
        int size = FilterPager.size(pager);
        int total = entries.count(conditions);
        List<Entry> rows =
                size == 0 || total == 0
                        ? List.of()
                        : entries.list(
                                conditions,
                                FILTER.orderBy(filter, "created_at DESC", "id"),
                                size,
                                FilterPager.offset(pager));
        return new Page(rows, total);
    }

    public int count(ApiCall call, @Nullable BaseEntryFilter filter, List<Integer> types) {
        return entries.count(conditions(call, filter, types));
    }

    private Conditions conditions(
            ApiCall call, @Nullable BaseEntryFilter filter, List<Integer> types) {
        var conditions = new Conditions();
        EntryRules.narrow(call, filter, conditions);
        conditions.in("type", types);
        FILTER.apply(filter, conditions);
        if (filter == null) {
            return defaults(call, new NoFilter(), conditions);
        }
        defaults(call, filter, conditions);
        redirect(call, filter, conditions);
        words(call, filter.freeText, true, conditions);
        words(call, filter.searchTextMatchAnd, true, conditions);
        words(call, filter.searchTextMatchOr, false, conditions);
        if (filter.isRoot != null) {
            conditions.and(
                    filter.isRoot == 1 ? "root_entry_id IS NULL" : "root_entry_id IS NOT NULL");
        }
        if (filter instanceof PlayableEntryFilter playable) {
            duration(playable, conditions);
        }
        return conditions;
    }

    private static final class NoFilter extends BaseEntryFilter {}

    private static Conditions defaults(
            ApiCall call, BaseEntryFilter filter, Conditions conditions) {
        boolean named =
                EntryRules.isSet(filter.idEqual) || EntryRules.isSet(filter.redirectFromEntryId);
        boolean status =
                EntryRules.isSet(filter.statusEqual)
                        || EntryRules.isSet(filter.statusIn)
                        || EntryRules.isSet(filter.statusNotEqual)
                        || EntryRules.isSet(filter.statusNotIn);
        if (!status && !named) {
            conditions.and("status = " + EntryStatus.READY);
        } else if (!status
                || !call.isAdmin()
                || !(EntryRules.isSet(filter.statusEqual) || EntryRules.isSet(filter.statusIn))) {
            conditions.and("status <> " + EntryStatus.DELETED);
        }
        if (filter.moderationStatusEqual == null
                && filter.moderationStatusNotEqual == null
                && !EntryRules.isSet(filter.moderationStatusIn)
                && !EntryRules.isSet(filter.moderationStatusNotIn)) {
            conditions.and(
                    "moderation_status NOT IN ("
                            + ModerationStatus.PENDING_MODERATION
                            + ", "
                            + ModerationStatus.REJECTED
                            + ")");
        }
        if (filter.displayInSearchEqual == null
                && !EntryRules.isSet(filter.displayInSearchIn)
                && !EntryRules.isSet(filter.idEqual)
                && !EntryRules.isSet(filter.idIn)
                && !EntryRules.isSet(filter.parentEntryIdEqual)) {
            conditions.and("display_in_search NOT IN (-2, -1)");
        }
        return conditions;
    }

    /// From a live entry to its finished recording, or to itself while there is none.
    private void redirect(ApiCall call, BaseEntryFilter filter, Conditions conditions) {
        String from = filter.redirectFromEntryId;
        if (from == null || from.isEmpty()) {
            return;
        }
        Entry entry;
        try {
            entry = entries.visible(call, from);
        } catch (ApiException e) {
            throw ApiException.of(
                    "INVALID_ENTRY_ID",
                    "Unknown entry [" + from + "]",
                    "ENTRY_ID",
                    e.args().getOrDefault("ENTRY_ID", from));
        }
        String target = entry.redirectEntryId();
        boolean ready = target != null && entries.find(target).filter(Entry::isReady).isPresent();
        conditions.equal("id", ready && target != null ? target : from);
    }

    private void words(ApiCall call, @Nullable String text, boolean every, Conditions conditions) {
        if (text == null || text.isBlank()) {
            return;
        }
        Optional<List<String>> found = words.find(call.partnerId(), text, every);
        if (found.isPresent()) {
            conditions.in("id", found.get());
            return;
        }
        var terms = new ArrayList<String>();
        for (String word : text.strip().split("\\s+")) {
            String pattern = word.replace("!", "!!").replace("%", "!%").replace("_", "!_");
            terms.add(
                    "CONCAT_WS(' ', name, tags, description, id, reference_id) LIKE "
                            + conditions.bind("%" + pattern + "%")
                            + " ESCAPE '!'");
        }
        conditions.and("(" + String.join(every ? " AND " : " OR ", terms) + ")");
    }

    private static void duration(PlayableEntryFilter filter, Conditions conditions) {
        compare("<", filter.durationLessThan, conditions);
        compare(">", filter.durationGreaterThan, conditions);
        compare("<=", filter.durationLessThanOrEqual, conditions);
        compare(">=", filter.durationGreaterThanOrEqual, conditions);
    }

    private static void compare(String operator, @Nullable Integer seconds, Conditions to) {
        if (seconds != null) {
            to.and("ROUND(duration_ms / 1000) " + operator + " " + to.bind(seconds));
        }
    }
}
