package io.millrace.platformapi.http;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platformapi.session.PartnerSecrets;
import io.millrace.platformapi.session.SessionStore;
import io.millrace.platformapi.session.SessionValidator;
import io.millrace.platformapi.system.SessionService;
import io.millrace.platformapi.system.SystemService;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The real dispatcher, sessions and system services over a handful of partners held in memory.
public final class TestPlatform {
    private TestPlatform() {}

    public static ApiDispatcher dispatcher(InstantSource clock) {
        PartnerSecrets partners =
                id ->
                        switch (id) {
                            case 102 ->
                                    Optional.of(
                                            new PartnerSecrets.Secrets(
                                                    List.of("admin"), "user", true, null));
                            case 103 ->
                                    Optional.of(
                                            new PartnerSecrets.Secrets(
                                                    List.of("other"), null, true, 60L));
                            case 104 ->
                                    Optional.of(
                                            new PartnerSecrets.Secrets(
                                                    List.of("blocked"), null, false, null));
                            case -1 ->
                                    Optional.of(
                                            new PartnerSecrets.Secrets(
                                                    List.of("batch"), null, true, null));
                            default -> Optional.empty();
                        };
        var validator = new SessionValidator(partners, new MemoryStore(), clock);
        return new ApiDispatcher(
                List.of(
                        new SystemService(clock, "1.2.3"),
                        new SessionService(partners, validator, clock),
                        new EchoService()),
                validator,
                "node-1",
                new SimpleMeterRegistry(),
                clock);
    }

    private static final class MemoryStore implements SessionStore {
        private final Set<String> revoked = ConcurrentHashMap.newKeySet();
        private final List<String> uses = new ArrayList<>();

        @Override
        public boolean isRevoked(String key) {
            return revoked.contains(key);
        }

        @Override
        public void revoke(String key, Instant until) {
            revoked.add(key);
        }

        @Override
        public synchronized boolean countUse(String key, int limit, Instant until) {
            uses.add(key);
            return uses.stream().filter(key::equals).count() <= limit;
        }
    }
}
