package io.millrace.liveingest.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;

import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.storage.sign.StreamKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// Remembers answers and bounds the wait for them.
///
/// A yes holds 10 s per entry and key (encoders that reconnect; of a temporary key, which may be
/// for one address only, per address too), a no 30 s per entry, key and address (encoders that
/// insist). "Nobody could be asked" is never remembered. Thread-safe.
public final class CachingPublishAuthorizer implements PublishAuthorizer {
    private static final Logger log = LoggerFactory.getLogger(CachingPublishAuthorizer.class);
    static final Duration YES = Duration.ofSeconds(10);
    static final Duration NO = Duration.ofSeconds(30);
    private static final int MAX_ANSWERS = 10_000;

    /// The key of the map; a record so that no separator can be forged.
    private record Question(String entryId, String token, String address) {}

    private final PublishAuthorizer platform;
    private final Duration timeout;
    private final Cache<Question, PublishDecision> answers =
            Caffeine.newBuilder()
                    .maximumSize(MAX_ANSWERS)
                    .expireAfter(
                            Expiry.<Question, PublishDecision>creating(
                                    (_, decision) -> decision instanceof Allowed ? YES : NO))
                    .build();

    public CachingPublishAuthorizer(PublishAuthorizer platform, Duration timeout) {
        this.platform = platform;
        this.timeout = timeout;
    }

    @Override
    public CompletionStage<PublishDecision> authorize(PublishRequest request) {
        var yes =
                new Question(
                        request.entryId(),
                        request.token(),
                        StreamKey.isTemporary(request.token()) ? request.remoteAddress() : "");
        var no = new Question(request.entryId(), request.token(), request.remoteAddress());
        PublishDecision known = answers.getIfPresent(yes);
        if (known == null) {
            known = answers.getIfPresent(no);
        }
        if (known != null) {
            return CompletableFuture.completedFuture(known);
        }
        CompletableFuture<PublishDecision> answer;
        try {
            answer = platform.authorize(request).toCompletableFuture();
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .handle(
                        (decision, failure) -> {
                            if (failure != null) {
                                log.warn(
                                        "live {}: cannot ask who may publish: {}",
                                        request.entryId(),
                                        failure.toString());
                                return new Denied(
                                        Reason.UNAVAILABLE,
                                        "The stream key cannot be checked at the moment.");
                            }
                            if (decision instanceof Allowed) {
                                answers.put(yes, decision);
                            } else if (decision instanceof Denied(Reason reason, _)
                                    && reason != Reason.UNAVAILABLE) {
                                answers.put(no, decision);
                            }
                            return decision;
                        });
    }
}
