package io.millrace.liveingest;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.record.RecordingSink;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;
import io.netty.handler.ssl.SslContext;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;

/// The live role, put together: RTMP in, HLS out, recordings in the blob store.
///
/// Made, started, drained and closed by one thread; the handler is thread-safe.
public final class LiveIngest implements AutoCloseable {
    /// What a live role needs of its surroundings. All stay their owner's.
    ///
    /// @param loops event loops, shared with the HTTP server
    /// @param rtmpsContext needed when {@link LiveIngestOptions#rtmps} is set
    /// @param signer checks `/live/s/{token}/{entryId}/…`
    /// @param allowUnsigned whether `/live/{entryId}/…` without a token is served
    public record Dependencies(
            EventLoops loops,
            BlobStore blobs,
            PublishAuthorizer authorizer,
            RecordingSink recordings,
            LiveEvents events,
            MeterRegistry meters,
            @Nullable SslContext rtmpsContext,
            @Nullable PathSigner signer,
            boolean allowUnsigned) {}

    private final LiveIngestOptions options;
    private final Dependencies dependencies;

    public LiveIngest(LiveIngestOptions options, Dependencies dependencies) {
        this.options = options;
        this.dependencies = dependencies;
    }

    /// Binds the RTMP ports and starts the recovery of what an earlier run left unfinished (in the
    /// background).
    ///
    /// @throws IOException when a port is taken; the message names it
    public LiveIngest start() throws IOException {
        throw new UnsupportedOperationException(options.toString() + dependencies);
    }

    public int rtmpPort() {
        throw new UnsupportedOperationException();
    }

    /// -1 when RTMPS is off.
    public int rtmpsPort() {
        throw new UnsupportedOperationException();
    }

    /// Serves `/live/`: add it to a router under that prefix.
    public HttpHandler httpHandler() {
        throw new UnsupportedOperationException();
    }

    /// Refuses new publishers, ends the streams and their recordings, and waits until these are
    /// closed and handed over, as long as `patience`.
    public void drain(Duration patience) {
        throw new UnsupportedOperationException();
    }

    /// Drains with a patience of five seconds.
    @Override
    public void close() {
        drain(Duration.ofSeconds(5));
    }
}
