package io.millrace.mediaserver.role;

import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.DvrStatus;
import io.millrace.platformapi.model.LiveStreamEntry;
import io.millrace.platformapi.model.RecordStatus;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Asks the platform by `liveStream.authenticate`. Thread-safe.
final class PlatformPublishAuthorizer implements PublishAuthorizer {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformPublishAuthorizer.class);

    private final PlatformClient platform;
    private final String hostName;
    private final Executor blocking;

    PlatformPublishAuthorizer(PlatformClient platform, String hostName, Executor blocking) {
        this.platform = platform;
        this.hostName = hostName;
        this.blocking = blocking;
    }

    @Override
    public CompletionStage<PublishDecision> authorize(PublishRequest request) {
        return CompletableFuture.supplyAsync(() -> ask(request), blocking);
    }

    private PublishDecision ask(PublishRequest request) {
        try {
            LiveStreamEntry entry =
                    client(request)
                            .call(
                                    "liveStream.authenticate",
                                    Map.of(
                                            "entryId", request.entryId(),
                                            "token", request.token(),
                                            "hostname", hostName,
                                            "mediaServerIndex", Integer.toString(request.index()),
                                            "applicationName", request.app(),
                                            "address", request.remoteAddress()),
                                    LiveStreamEntry.class);
            boolean record =
                    entry.recordStatus == null || entry.recordStatus != RecordStatus.DISABLED;
            return new PublishDecision.Allowed(request.entryId(), record, dvr(entry));
        } catch (ApiClientException e) {
            return switch (e.code()) {
                case "LIVE_STREAM_INVALID_TOKEN" ->
                        new Denied(
                                Reason.UNAUTHORIZED,
                                "The stream key is wrong for " + request.entryId() + ".");
                case "LIVE_STREAM_TOKEN_EXPIRED" ->
                        new Denied(Reason.UNAUTHORIZED, "The stream key has expired.");
                case "ENTRY_ID_NOT_FOUND", "INVALID_ENTRY_ID" ->
                        new Denied(
                                Reason.NOT_FOUND,
                                "There is no live stream " + request.entryId() + ".");
                case "LIVE_STREAM_ALREADY_BROADCASTING" ->
                        new Denied(Reason.BUSY, request.entryId() + " is being published already.");
                case "INTERNAL_DATABASE_ERROR", "INTERNAL_SERVERL_ERROR" -> unavailable(request, e);
                default ->
                        e.code().startsWith("LIVE_STREAM_EXCEEDED_MAX")
                                ? new Denied(
                                        Reason.LIMIT,
                                        "The account's limit of live streams is reached.")
                                : unavailable(request, e);
            };
        } catch (IOException e) {
            return unavailable(request, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return unavailable(request, e);
        }
    }

    /// Kaltura's `dvrStatus` says whether players may go back, and `dvrWindow` how many minutes.
    static @Nullable Duration dvr(LiveStreamEntry entry) {
        if (entry.dvrStatus == null || entry.dvrStatus == DvrStatus.DISABLED) {
            return Duration.ZERO;
        }
        return entry.dvrWindow == null || entry.dvrWindow <= 0
                ? null
                : Duration.ofMinutes(entry.dvrWindow);
    }

    private PlatformClient client(PublishRequest request) {
        return request.partnerId().matches("[1-9][0-9]{0,8}")
                ? platform.actingFor(Integer.parseInt(request.partnerId()))
                : platform;
    }

    private static PublishDecision unavailable(PublishRequest request, Exception e) {
        LOG.warn(
                "stream {}: the platform could not be asked who may publish: {}",
                request.entryId(),
                e.getMessage());
        return new Denied(Reason.UNAVAILABLE, "The platform can't be reached; try again.");
    }
}
