package io.millrace.mediaserver.role;

import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.StreamKeys;
import io.millrace.liveingest.info.LiveReports;
import io.millrace.liveingest.record.RecordingFinished;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.record.RecordingStarted;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.mediaserver.config.PublishConfig;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.storage.blob.BlobKey;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Executor;

/// Whom the live role asks and tells: the platform, or the configuration alone.
sealed interface LivePlatform extends AutoCloseable {
    PublishAuthorizer authorizer();

    RecordingSink recordings();

    LiveEvents events();

    /// @param reports how this node's streams are doing
    void start(LiveReports reports);

    /// The node stops: publishers may go on with another.
    default void draining() {}

    @Override
    void close();

    /// Over HTTP.
    final class Joined implements LivePlatform {
        private final PlatformClient client;
        private final PlatformLiveEvents events;
        private final PlatformLiveReports told;
        private final PublishAuthorizer authorizer;

        Joined(Node node, Executor blocking) {
            client = ClusterClients.mediaServer(node, Duration.ofSeconds(5));
            events = new PlatformLiveEvents(client, node.ownUrl());
            told = new PlatformLiveReports(client, node.ownUrl());
            authorizer = new PlatformPublishAuthorizer(client, node.name(), blocking);
        }

        @Override
        public PublishAuthorizer authorizer() {
            return authorizer;
        }

        @Override
        public RecordingSink recordings() {
            return new PlatformRecordings(client);
        }

        @Override
        public LiveEvents events() {
            return events;
        }

        @Override
        public void start(LiveReports reports) {
            events.start();
            told.start(reports);
        }

        @Override
        public void draining() {
            events.draining();
        }

        @Override
        public void close() {
            told.close();
            events.close();
            client.close();
        }
    }

    /// A live server on its own: keys are the configuration's, recordings stay where they are.
    final class Alone implements LivePlatform {
        private static final Logger LOG = LoggerFactory.getLogger(Alone.class);

        private final PublishAuthorizer authorizer;

        /// @throws IOException when the file of keys cannot be read
        Alone(PublishConfig config, Executor blocking) throws IOException {
            if (config.open()) {
                LOG.warn("live: everybody may publish (live.publish.open)");
            }
            authorizer =
                    new StreamKeys(
                            config.open(),
                            config.keys(),
                            config.keysFile().isEmpty() ? null : Path.of(config.keysFile()),
                            config.renditions(),
                            blocking,
                            Clock.systemUTC());
        }

        @Override
        public PublishAuthorizer authorizer() {
            return authorizer;
        }

        @Override
        public RecordingSink recordings() {
            return new RecordingSink() {
                @Override
                public void recordingStarted(RecordingStarted recording) {
                    LOG.info(
                            "live {}: recording to {}",
                            recording.entryId(),
                            recording.firstBlobKey());
                }

                @Override
                public void recordingFinished(RecordingFinished recording) {
                    LOG.info(
                            "live {}: recorded {} s: {}",
                            recording.entryId(),
                            recording.durationMs() / 1000,
                            recording.blobKeys().stream().map(BlobKey::value).toList());
                }
            };
        }

        @Override
        public LiveEvents events() {
            return LiveEvents.NONE;
        }

        @Override
        public void start(LiveReports reports) {}

        @Override
        public void close() {}
    }
}
