package io.millrace.delivery.drm;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.storage.cache.LoadOnceCache;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Which stored media is sent encrypted, and by which keys. Keys of a service are kept for a while
/// and asked for once however many requests wait. Thread-safe.
public final class Encryption implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Encryption.class);

    /// @param byPath prefixes or patterns of storage keys; the most exact wins
    /// @param otherwise for the other paths
    /// @param licenceServed whether keys are handed out as ClearKey licences
    /// @param keepFor how long keys of a service are kept
    public record Policy(
            Map<String, SchemeChoice> byPath,
            SchemeChoice otherwise,
            boolean licenceServed,
            Duration keepFor,
            int maxKeys) {
        public static final Policy CLEAR =
                new Policy(Map.of(), SchemeChoice.CLEAR, false, Duration.ofMinutes(5), 10_000);

        public Policy {
            byPath = Map.copyOf(byPath);
        }
    }

    private record Question(String path, EncryptionScheme scheme) {}

    private record Rule(PathRule path, SchemeChoice choice) {}

    private final List<Rule> rules;
    private final Policy policy;
    private final @Nullable KeyProvider provider;
    private final LoadOnceCache<Question, Optional<KeyProvider.Keys>> known;
    private final Counter failures;

    /// @param provider null when everything is sent in the clear; closed with this when it can be
    public Encryption(Policy policy, @Nullable KeyProvider provider, MeterRegistry meters) {
        this.policy = policy;
        this.provider = provider;
        this.rules =
                policy.byPath().entrySet().stream()
                        .map(e -> new Rule(new PathRule(e.getKey()), e.getValue()))
                        .toList();
        this.known =
                new LoadOnceCache<>(
                        "content-key", policy.maxKeys(), (_, _) -> 1, policy.keepFor(), meters);
        this.failures =
                Counter.builder("millrace.delivery.key.failures")
                        .description("Questions for content keys that got no usable answer")
                        .register(meters);
    }

    /// How the media stored at `path` is encrypted; never blocks for long.
    ///
    /// @return null for media in the clear
    public @Nullable EncryptionScheme schemeOf(String path) {
        if (provider == null) {
            return null;
        }
        SchemeChoice theirs = provider.schemeOf(path);
        if (theirs != null) {
            return theirs.scheme();
        }
        Rule best = null;
        for (Rule rule : rules) {
            if (rule.path().fits(path)
                    && (best == null || rule.path().weight() > best.path().weight())) {
                best = rule;
            }
        }
        return (best == null ? policy.otherwise() : best.choice()).scheme();
    }

    /// How media made of some files is protected: the first file that is to be encrypted decides
    /// for all, so that no list of files gets an encrypted one into the clear.
    ///
    /// @param paths storage keys
    /// @param seed names the version of the files
    /// @return empty for media in the clear; fails with {@link KeyServiceException}
    public CompletableFuture<Optional<Protection>> protectionOf(List<String> paths, String seed) {
        for (String path : paths) {
            EncryptionScheme scheme = schemeOf(path);
            if (scheme != null && provider != null) {
                return keys(new Question(path, scheme), provider)
                        .thenApply(keys -> Optional.of(protection(scheme, keys, seed)));
            }
        }
        return CompletableFuture.completedFuture(Optional.empty());
    }

    private Protection protection(EncryptionScheme scheme, KeyProvider.Keys keys, String seed) {
        return new Protection(
                scheme,
                keys.key(),
                keys.systems(),
                keys.playReadyObject(),
                policy.licenceServed() && scheme.isCommonEncryption(),
                seed);
    }

    private CompletableFuture<KeyProvider.Keys> keys(Question question, KeyProvider from) {
        CompletableFuture<Optional<KeyProvider.Keys>> answer =
                from.isRemote() ? known.get(question, q -> ask(q, from)) : atHand(question, from);
        return answer.thenCompose(
                found ->
                        found.<CompletableFuture<KeyProvider.Keys>>map(
                                        CompletableFuture::completedFuture)
                                .orElseGet(
                                        () ->
                                                CompletableFuture.failedFuture(
                                                        new KeyServiceException(
                                                                "there is no key for "
                                                                        + question.path()))));
    }

    private static CompletableFuture<Optional<KeyProvider.Keys>> atHand(
            Question question, KeyProvider from) {
        try {
            return CompletableFuture.completedFuture(from.keys(question.path(), question.scheme()));
        } catch (KeyServiceException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Optional<KeyProvider.Keys> ask(Question question, KeyProvider from)
            throws KeyServiceException {
        try {
            return from.keys(question.path(), question.scheme());
        } catch (KeyServiceException e) {
            failures.increment();
            LOG.warn("no key for {}: {}", question.path(), e.getMessage());
            throw e;
        }
    }

    @Override
    public void close() {
        known.close();
        if (provider instanceof AutoCloseable open) {
            try {
                open.close();
            } catch (Exception e) {
                LOG.warn("the key provider could not be closed", e);
            }
        }
    }
}
