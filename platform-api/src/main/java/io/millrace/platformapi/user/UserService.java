package io.millrace.platformapi.user;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiAction.Access;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.PartnerSecrets;
import io.millrace.platformapi.session.Privileges;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/// Logging in with a password. An unknown user and a wrong password get the same answer after the
/// same time, and a user who is tried too often is not looked at for a while. Thread-safe.
@ApiService("user")
public final class UserService {
    private static final Logger log = LoggerFactory.getLogger(UserService.class);
    private static final long MAX_EXPIRY_SECONDS = 30L * 86_400;

    /// Checking a password is deliberately dear: this many at once, so that a flood of attempts
    /// cannot take the machine.
    private static final Semaphore CHECKS =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

    private final UserStore users;
    private final PartnerSecrets partners;
    private final InstantSource clock;

    public UserService(UserStore users, PartnerSecrets partners, InstantSource clock) {
        this.users = users;
        this.partners = partners;
        this.clock = clock;
    }

    @ApiAction(access = Access.NONE)
    public String loginByLoginId(
            ApiCall call,
            String loginId,
            String password,
            @Nullable Integer partnerId,
            @Default("86400") long expiry,
            @Default("*") String privileges,
            @Nullable String otp) {
        Optional<UserStore.Login> login =
                users.byLoginId(loginId)
                        .filter(found -> partnerId == null || partnerId == found.partnerId());
        return logIn(call, login, loginId, password, expiry, privileges);
    }

    @ApiAction(access = Access.NONE)
    public String login(
            ApiCall call,
            int partnerId,
            String userId,
            String password,
            @Default("86400") long expiry,
            @Default("*") String privileges) {
        return logIn(call, users.byUserId(partnerId, userId), userId, password, expiry, privileges);
    }

    private String logIn(
            ApiCall call,
            Optional<UserStore.Login> found,
            String name,
            String password,
            long expiry,
            String privileges) {
        if (found.isPresent() && found.get().blockedUntil() > clock.millis()) {
            log.warn("login of {} from {} refused: too many tries", name, call.remoteAddress());
            throw ApiException.of(
                    "LOGIN_RETRIES_EXCEEDED",
                    "Too many failed logins, try again in "
                            + ((found.get().blockedUntil() - clock.millis()) / 1000 + 1)
                            + " s");
        }
        boolean right;
        CHECKS.acquireUninterruptibly();
        try {
            found.ifPresent(users::countAttempt);
            right =
                    found.map(login -> Passwords.matches(password, login.passwordHash()))
                            .orElseGet(
                                    () -> {
                                        Passwords.matchesNobody(password);
                                        return false;
                                    });
        } finally {
            CHECKS.release();
        }
        if (found.isEmpty() || !right || found.get().status() != UserStore.ACTIVE) {
            log.warn("login of {} from {} failed", name, call.remoteAddress());
            throw ApiException.of("USER_WRONG_PASSWORD", "Wrong password supplied");
        }
        UserStore.Login login = found.get();
        users.succeeded(login);
        PartnerSecrets.Secrets secrets =
                partners.find(login.partnerId())
                        .filter(PartnerSecrets.Secrets::active)
                        .orElseThrow(
                                () ->
                                        ApiException.of(
                                                "USER_WRONG_PASSWORD", "Wrong password supplied"));
        log.info("login of {} from {}", name, call.remoteAddress());
        return KsFormat.makeV2(
                login.partnerId(),
                secrets.admin().getFirst(),
                login.isAdmin() ? Ks.TYPE_ADMIN : Ks.TYPE_USER,
                login.userId(),
                clock.instant().getEpochSecond() + Math.clamp(expiry, 1, MAX_EXPIRY_SECONDS),
                Privileges.parse(privileges),
                null);
    }
}
