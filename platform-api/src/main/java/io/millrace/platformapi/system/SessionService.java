package io.millrace.platformapi.system;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.http.ApiException;
import io.millrace.platformapi.http.ApiService;
import io.millrace.platformapi.http.Default;
import io.millrace.platformapi.model.SessionInfo;
import io.millrace.platformapi.model.StartWidgetSessionResponse;
import io.millrace.platformapi.session.Ks;
import io.millrace.platformapi.session.KsFormat;
import io.millrace.platformapi.session.PartnerSecrets;
import io.millrace.platformapi.session.PartnerSecrets.Secrets;
import io.millrace.platformapi.session.Privileges;
import io.millrace.platformapi.session.SessionValidator;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Makes, shows and ends sessions (kaltura-v3 b.5). Thread-safe.
@ApiService("session")
public final class SessionService {
    private static final String ONE_DAY_SECONDS = "86400";
    private static final Privileges WIDGET = Privileges.parse("view:*,widget:1");

    private final PartnerSecrets partners;
    private final SessionValidator sessions;
    private final InstantSource clock;

    public SessionService(PartnerSecrets partners, SessionValidator sessions, InstantSource clock) {
        this.partners = partners;
        this.sessions = sessions;
        this.clock = clock;
    }

    /// A user session for whoever knows one of the partner's secrets, an admin session for an admin
    /// secret.
    @ApiAction(access = ApiAction.Access.NONE)
    public String start(
            ApiCall call,
            String secret,
            @Nullable String userId,
            @Default("0") int type,
            @Nullable Integer partnerId,
            @Default(ONE_DAY_SECONDS) long expiry,
            @Nullable String privileges) {
        int id = partnerId == null ? call.partnerId() : partnerId;
        Secrets secrets = owner(id, secret, type == Ks.TYPE_ADMIN);
        return make(id, secrets, type, userId, expiry, privileges, null);
    }

    /// The anonymous session of a player: widget `_PID` is there for every partner.
    @ApiAction(access = ApiAction.Access.NONE)
    public StartWidgetSessionResponse startWidgetSession(
            String widgetId, @Default(ONE_DAY_SECONDS) long expiry) {
        int id;
        try {
            id = widgetId.startsWith("_") ? Integer.parseInt(widgetId.substring(1)) : 0;
        } catch (NumberFormatException _) {
            id = 0;
        }
        Optional<Secrets> secrets =
                id > 0 ? partners.find(id).filter(Secrets::active) : Optional.empty();
        if (secrets.isEmpty()) {
            throw ApiException.of(
                    "INVALID_WIDGET_ID",
                    "Unknown widget [" + widgetId + "]",
                    "WIDGET_ID",
                    widgetId);
        }
        var response = new StartWidgetSessionResponse();
        response.partnerId = id;
        response.ks = make(id, secrets.get(), Ks.TYPE_USER, "0", expiry, WIDGET.toString(), null);
        response.userId = "0";
        return response;
    }

    @ApiAction(access = ApiAction.Access.NONE)
    public void end(ApiCall call) {
        if (call.ks() != null) {
            sessions.end(call.ks());
        }
    }

    /// What a session says: the caller's own, or another of the same partner.
    @ApiAction(access = ApiAction.Access.WIDGET)
    public SessionInfo get(ApiCall call, @Nullable String session) {
        Ks own = call.session();
        if (session == null || session.isEmpty() || session.equals(own.text())) {
            return info(own);
        }
        return switch (sessions.check(session, null, null)) {
            case SessionValidator.Result.Valid(Ks other)
                    when other.partnerId() == own.partnerId() || call.isInternal() ->
                    info(other);
            case SessionValidator.Result.Valid _ ->
                    throw ApiException.invalidKs(session, -2, "INVALID_PARTNER");
            case SessionValidator.Result.Refused(int code, String why) ->
                    throw ApiException.invalidKs(session, code, why);
        };
    }

    /// A session of another partner for one of the cluster's own roles.
    @ApiAction(access = ApiAction.Access.NONE)
    public String impersonate(
            ApiCall call,
            String secret,
            int impersonatedPartnerId,
            @Nullable String userId,
            @Default("0") int type,
            @Nullable Integer partnerId,
            @Default(ONE_DAY_SECONDS) long expiry,
            @Nullable String privileges) {
        int id = partnerId == null ? call.partnerId() : partnerId;
        owner(id, secret, true);
        Optional<Secrets> impersonated = partners.find(impersonatedPartnerId);
        if (id >= 0 || impersonated.isEmpty()) {
            throw ApiException.startSessionError(Integer.toString(impersonatedPartnerId));
        }
        return make(
                impersonatedPartnerId, impersonated.get(), type, userId, expiry, privileges, id);
    }

    private Secrets owner(int partnerId, String secret, boolean admin) {
        Optional<Secrets> found = partners.find(partnerId).filter(Secrets::active);
        boolean knows = found.isPresent() && matches(found.get().admin(), secret);
        if (found.isPresent() && !knows && !admin) {
            String userSecret = found.get().user();
            knows = userSecret != null && matches(List.of(userSecret), secret);
        }
        if (!knows) {
            throw ApiException.startSessionError(Integer.toString(partnerId));
        }
        return found.orElseThrow();
    }

    private static boolean matches(List<String> secrets, String given) {
        boolean match = false;
        for (String secret : secrets) {
            match |=
                    MessageDigest.isEqual(
                            secret.getBytes(StandardCharsets.UTF_8),
                            given.getBytes(StandardCharsets.UTF_8));
        }
        return match;
    }

    private String make(
            int partnerId,
            Secrets secrets,
            int type,
            @Nullable String userId,
            long expirySeconds,
            @Nullable String privileges,
            @Nullable Integer masterPartnerId) {
        if (type != Ks.TYPE_USER && type != Ks.TYPE_ADMIN && type != Ks.TYPE_WIDGET) {
            throw ApiException.invalidEnumValue(
                    Integer.toString(type), "type", "KalturaSessionType");
        }
        long lifeSeconds =
                Math.clamp(
                        expirySeconds,
                        0,
                        secrets.maxExpirySeconds() == null
                                ? Integer.MAX_VALUE
                                : secrets.maxExpirySeconds());
        return KsFormat.makeV2(
                partnerId,
                secrets.admin().getFirst(),
                type,
                userId == null ? "" : userId,
                clock.instant().getEpochSecond() + lifeSeconds,
                Privileges.parse(privileges == null ? "" : privileges),
                masterPartnerId);
    }

    private static SessionInfo info(Ks ks) {
        var info = new SessionInfo();
        info.ks = ks.text();
        info.sessionType = ks.type();
        info.partnerId = ks.partnerId();
        info.userId = ks.userId();
        info.expiry = ks.expiry();
        info.privileges = ks.privileges().toString();
        return info;
    }
}
