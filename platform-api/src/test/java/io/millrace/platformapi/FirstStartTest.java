package io.millrace.platformapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.platformapi.partner.Bootstrap;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

import java.util.Map;

class FirstStartTest {
    private final PlatformHarness harness = PlatformHarness.get();

    private JsonNode login(String login, String password) {
        return harness.call(
                "", "user.loginByLoginId", Map.of("loginId", login, "password", password));
    }

    @Test
    void thePasswordOfTheConsoleWorksIsKeptHashedAndIsThrottled() {
        Bootstrap.First again = harness.platform.bootstrap().run();
        String login = again.consoleLogin();
        // Another test class may have made a partner first; then there is no console user yet.
        String password =
                again.consolePassword() != null
                        ? again.consolePassword()
                        : harness.platform.users().resetPassword(login).orElse(null);
        if (password == null) {
            password =
                    harness.database.inTransaction(
                            handle ->
                                    harness.platform
                                            .users()
                                            .addAdmin(handle, again.partnerId(), login));
        }
        assertThat(harness.platform.bootstrap().run().isNew()).isFalse();

        String ks = login(login, password).asString();
        JsonNode partner = harness.ok(ks, "partner.getInfo", Map.of());
        assertThat(partner.get("id").asInt()).isEqualTo(again.partnerId());
        assertThat(partner.get("adminSecret").asString()).isEqualTo(again.adminSecret());

        String stored =
                harness.database.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT password_hash FROM user_login WHERE login_id"
                                                        + " = :login")
                                        .bind("login", login)
                                        .mapTo(String.class)
                                        .one());
        assertThat(stored).startsWith("pbkdf2-sha256$600000$").doesNotContain(password);

        assertThat(login("nobody@example.org", "x").get("code").asString())
                .isEqualTo("USER_WRONG_PASSWORD");
        for (int i = 0; i < 6; i++) {
            assertThat(login(login, "wrong").get("code").asString())
                    .isEqualTo("USER_WRONG_PASSWORD");
        }
        // The first block is a second, which a slow machine takes for a password.
        int blocked =
                harness.database.withHandle(
                        handle ->
                                handle.createUpdate(
                                                "UPDATE user_login SET blocked_until = blocked_until"
                                                        + " + 600000 WHERE login_id = :login AND"
                                                        + " blocked_until > 0")
                                        .bind("login", login)
                                        .execute());
        assertThat(blocked).isEqualTo(1);
        assertThat(login(login, password).get("code").asString())
                .isEqualTo("LOGIN_RETRIES_EXCEEDED");
    }

    @Test
    void secretsAreNotReadableInTheTable() {
        PlatformHarness.Tenant tenant = harness.tenant();
        byte[] sealed =
                harness.database.withHandle(
                        handle ->
                                handle.createQuery(
                                                "SELECT admin_secret FROM partner WHERE id = :id")
                                        .bind("id", tenant.id())
                                        .mapTo(byte[].class)
                                        .one());
        assertThat(new String(sealed, java.nio.charset.StandardCharsets.ISO_8859_1))
                .doesNotContain(tenant.secret());
        JsonNode seen = harness.call(tenant.user("u"), "partner.getInfo", Map.of());
        assertThat(seen.get("code").asString()).isEqualTo("SERVICE_FORBIDDEN");
    }

    @Test
    void anEndedSessionIsRefused() {
        PlatformHarness.Tenant tenant = harness.tenant();
        String ks = tenant.user("leaver");
        harness.ok(ks, "session.end", Map.of());
        assertThat(harness.call(ks, "media.list", Map.of()).get("code").asString())
                .isEqualTo("INVALID_KS");
    }
}
