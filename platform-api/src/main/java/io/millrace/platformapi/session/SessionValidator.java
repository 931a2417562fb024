package io.millrace.platformapi.session;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Decides whether a token is good (kaltura-v3 b.3). Thread-safe; blocks as long as its two sources
/// do.
public final class SessionValidator {
    private final PartnerSecrets secrets;
    private final SessionStore store;
    private final InstantSource clock;

    public SessionValidator(PartnerSecrets secrets, SessionStore store, InstantSource clock) {
        this.secrets = secrets;
        this.store = store;
        this.clock = clock;
    }

    /// What became of a token.
    public sealed interface Result {
        record Valid(Ks ks) implements Result {}

        /// @param code as INVALID_KS carries it: -1 malformed or not signed by the partner, -2
        ///   partner, -5 expired, -6 ended, -8 used up, -9 address, -11 URI
        record Refused(int code, String description) implements Result {}
    }

    /// Checks a token for one use: one with `actionslimit` is used up a little by this.
    ///
    /// @param remoteAddress null: not checked, when a token is only looked at
    /// @param path of the request; null: not checked
    public Result check(String text, @Nullable String remoteAddress, @Nullable String path) {
        Optional<KsFormat.Opened> opened = KsFormat.open(text);
        if (opened.isEmpty()) {
            return new Result.Refused(-1, "INVALID_STR");
        }
        Optional<PartnerSecrets.Secrets> partner = secrets.find(opened.get().partnerId());
        if (partner.isEmpty()) {
            return new Result.Refused(-1, "INVALID_STR");
        }
        Optional<Ks> verified = opened.get().verify(partner.get().admin());
        if (verified.isEmpty()) {
            return new Result.Refused(-1, "INVALID_STR");
        }
        Ks ks = verified.get();
        if (!partner.get().active()) {
            return new Result.Refused(-2, "INVALID_PARTNER");
        }
        if (ks.expiry() <= clock.instant().getEpochSecond()) {
            return new Result.Refused(-5, "EXPIRED");
        }
        if (remoteAddress != null
                && ks.privileges().has("iprestrict")
                && !ks.privileges().all("iprestrict").contains(remoteAddress)) {
            return new Result.Refused(-9, "EXCEEDED_RESTRICTED_IP");
        }
        if (path != null
                && ks.privileges().has("urirestrict")
                && !uriAllowed(ks.privileges().all("urirestrict"), path)) {
            return new Result.Refused(-11, "EXCEEDED_RESTRICTED_URI");
        }
        for (String key : revocationKeys(ks)) {
            if (store.isRevoked(key)) {
                return new Result.Refused(-6, "LOGOUT");
            }
        }
        String limit = ks.privileges().first("actionslimit");
        if (limit != null && remoteAddress != null) {
            int uses;
            try {
                uses = Integer.parseInt(limit);
            } catch (NumberFormatException _) {
                uses = 0;
            }
            if (!store.countUse(hash(canonical(ks.text())), uses, until(ks))) {
                return new Result.Refused(-8, "ACTIONS_LIMIT_EXCEEDED");
            }
        }
        return new Result.Valid(ks);
    }

    /// Ends a session before its time; with `sessionid:X` all sessions of that id. Widgets and the
    /// batch role cannot be logged out.
    public void end(Ks ks) {
        if (!ks.isWidget() && ks.partnerId() != -1) {
            store.revoke(revocationKeys(ks).getLast(), until(ks));
        }
    }

    private static Instant until(Ks ks) {
        return Instant.ofEpochSecond(Math.min(ks.expiry(), Instant.MAX.getEpochSecond()));
    }

    private static boolean uriAllowed(List<String> allowed, String path) {
        for (String pattern : allowed) {
            if (pattern.endsWith("*")
                    ? path.startsWith(pattern.substring(0, pattern.length() - 1))
                    : path.equals(pattern)) {
                return true;
            }
        }
        return false;
    }

    /// The token's own key, and its group's when it has one.
    private static List<String> revocationKeys(Ks ks) {
        String sessionId = ks.privileges().first("sessionid");
        String own = hash(canonical(ks.text()));
        return sessionId == null
                ? List.of(own)
                : List.of(own, hash(ks.partnerId() + "_" + sessionId));
    }

    /// A token may be spelled in two alphabets and with or without padding; it is the same token.
    private static String canonical(String text) {
        return text.replace('-', '+').replace('_', '/').replace("=", "");
    }

    private static String hash(String text) {
        return HexFormat.of().formatHex(KsFormat.sha1(text.getBytes(StandardCharsets.UTF_8)));
    }
}
