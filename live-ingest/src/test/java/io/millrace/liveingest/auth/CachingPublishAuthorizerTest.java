package io.millrace.liveingest.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.storage.sign.StreamKey;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

class CachingPublishAuthorizerTest {
    private final AtomicInteger asked = new AtomicInteger();

    private static PublishRequest request(String token, String address) {
        return new PublishRequest("e", "1", 0, token, "e_1", "kLive", address, Map.of());
    }

    private CachingPublishAuthorizer authorizer(PublishDecision answer) {
        return new CachingPublishAuthorizer(
                _ -> {
                    asked.incrementAndGet();
                    return CompletableFuture.completedFuture(answer);
                },
                Duration.ofSeconds(1));
    }

    @Test
    void aYesHoldsForThisKeyOnly() {
        var authorizer = authorizer(new Allowed("e", true));
        authorizer.authorize(request("a", "x")).toCompletableFuture().join();
        authorizer.authorize(request("a", "y")).toCompletableFuture().join();
        assertThat(asked).hasValue(1);
        authorizer.authorize(request("b", "x")).toCompletableFuture().join();
        assertThat(asked).hasValue(2);
    }

    @Test
    void aYesToATemporaryKeyHoldsForItsAddressOnly() {
        String key = StreamKey.temporary("own", "e", null, "192.0.2.1");
        var authorizer = authorizer(new Allowed("e", true));
        authorizer.authorize(request(key, "192.0.2.1")).toCompletableFuture().join();
        authorizer.authorize(request(key, "192.0.2.1")).toCompletableFuture().join();
        assertThat(asked).hasValue(1);
        authorizer.authorize(request(key, "192.0.2.2")).toCompletableFuture().join();
        assertThat(asked).hasValue(2);
    }

    @Test
    void aNoHoldsForThisAddressOnly() {
        var authorizer = authorizer(new Denied(Reason.UNAUTHORIZED, "no"));
        authorizer.authorize(request("a", "x")).toCompletableFuture().join();
        authorizer.authorize(request("a", "x")).toCompletableFuture().join();
        assertThat(asked).hasValue(1);
        authorizer.authorize(request("a", "y")).toCompletableFuture().join();
        assertThat(asked).hasValue(2);
    }

    @Test
    void aPlatformThatDoesNotAnswerOrFailsRefusesAndIsAskedAgain() {
        var never =
                new CachingPublishAuthorizer(
                        _ -> {
                            asked.incrementAndGet();
                            return new CompletableFuture<>();
                        },
                        Duration.ofMillis(50));
        for (int i = 1; i <= 2; i++) {
            assertThat(never.authorize(request("a", "x")).toCompletableFuture().join())
                    .isInstanceOfSatisfying(
                            Denied.class,
                            denied -> assertThat(denied.reason()).isEqualTo(Reason.UNAVAILABLE));
            assertThat(asked).hasValue(i);
        }
        var broken =
                new CachingPublishAuthorizer(
                        _ -> {
                            throw new IllegalStateException("no such host");
                        },
                        Duration.ofSeconds(1));
        assertThat(broken.authorize(request("a", "x")).toCompletableFuture().join())
                .isInstanceOf(Denied.class);
    }
}
