package io.millrace.platformapi.partner;

import io.millrace.platformapi.flavor.ProfileStore;
import io.millrace.platformapi.user.UserStore;
import io.millrace.storage.sql.Database;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the first start makes: a publisher with random secrets, its profiles, and someone who can
/// log in to the console. Thread-safe.
public final class Bootstrap {
    private static final Logger log = LoggerFactory.getLogger(Bootstrap.class);
    private static final String ADMIN_LOGIN = "admin@millrace.local";

    private final Database database;
    private final PartnerStore partners;
    private final ProfileStore profiles;
    private final UserStore users;

    public Bootstrap(
            Database database, PartnerStore partners, ProfileStore profiles, UserStore users) {
        this.database = database;
        this.partners = partners;
        this.profiles = profiles;
        this.users = users;
    }

    /// The first publisher.
    ///
    /// @param consolePassword only from the start that made it; it is not kept and cannot be shown
    ///   again
    public record First(
            int partnerId,
            String secret,
            String adminSecret,
            String consoleLogin,
            @Nullable String consolePassword) {
        public boolean isNew() {
            return consolePassword != null;
        }

        @Override
        public String toString() {
            return "First[partnerId=" + partnerId + "]";
        }
    }

    /// Makes the first publisher unless there is one; several nodes may start at once.
    public First run() {
        return database.inTransaction(
                handle -> {
                    // The params of partner 0 are always there: a lock that every node can take.
                    handle.createQuery("SELECT id FROM flavor_params WHERE id = 0 FOR UPDATE")
                            .mapTo(Integer.class)
                            .one();
                    var before = partners.first(handle);
                    if (before.isPresent()) {
                        PartnerRow row = before.get();
                        return new First(
                                row.id(), row.secret(), row.adminSecret(), ADMIN_LOGIN, null);
                    }
                    int id = partners.add(handle, "First publisher", "Administrator", ADMIN_LOGIN);
                    partners.setDefaultProfile(handle, id, profiles.addDefaults(handle, id));
                    String password = users.addAdmin(handle, id, ADMIN_LOGIN);
                    PartnerRow row = partners.first(handle).orElseThrow();
                    log.info("partner {} created, console user {}", id, ADMIN_LOGIN);
                    return new First(
                            row.id(), row.secret(), row.adminSecret(), ADMIN_LOGIN, password);
                });
    }

    /// Another publisher, with everything that the first one gets but a console user.
    public PartnerRow addPartner(String name, String adminEmail) {
        int id =
                database.inTransaction(
                        handle -> {
                            int added = partners.add(handle, name, name, adminEmail);
                            partners.setDefaultProfile(
                                    handle, added, profiles.addDefaults(handle, added));
                            return added;
                        });
        return partners.row(id).orElseThrow();
    }
}
