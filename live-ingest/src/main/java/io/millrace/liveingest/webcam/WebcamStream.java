package io.millrace.liveingest.webcam;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.LiveStreams.PublishWish;
import io.millrace.liveingest.stream.PublishResult;
import io.millrace.liveingest.stream.PublisherConnection;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayDeque;

/// The live stream that a webcam's frames go to: asked for once it is known what they are, and the
/// frames wait until it is there.
///
///     Attaching -> Live -> Left
///         +------------------^
///
/// Its session's event loop only, but for what says otherwise.
final class WebcamStream implements FrameTags.Sink, PublisherConnection {
    private static final Logger log = LoggerFactory.getLogger(WebcamStream.class);
    private static final int MAX_HELD_BYTES = 16 << 20;

    /// Whose frames they are.
    interface Owner {
        /// Runs an action on the session's loop. Thread-safe.
        void run(Runnable action);

        /// Players are shown it from now on.
        void streamStarted();

        /// It takes no more frames.
        ///
        /// @param retry whether the page may try again
        void streamFailed(String reason, String message, boolean retry);

        /// Whether it cannot take more for now.
        void streamIsBehind(boolean behind);
    }

    private sealed interface State {
        /// The stream was asked for; frames wait.
        record Attaching(ArrayDeque<Tag> held) implements State {}

        record Live(StreamPublisher publisher) implements State {}

        record Left() implements State {}
    }

    private record Tag(TrackKind kind, long timestampMs, ByteBuf body) {}

    private final Owner owner;
    private final PublishRequest request;
    private final Allowed allowed;
    private State state = new State.Attaching(new ArrayDeque<>());
    private int heldBytes;

    WebcamStream(Owner owner, PublishRequest request, Allowed allowed) {
        this.owner = owner;
        this.request = request;
        this.allowed = allowed;
    }

    /// Asks for the stream; the owner hears what came of it.
    void start(LiveStreams streams, EventLoop loop, boolean video, boolean audio) {
        var wish =
                new PublishWish(
                        new StreamInfo(
                                allowed.entryId(),
                                request.partnerId(),
                                request.index(),
                                request.streamName(),
                                request.app(),
                                request.remoteAddress(),
                                0,
                                Instant.now()),
                        allowed.record(),
                        allowed.dvr());
        streams.publish(this, wish, loop)
                .whenComplete(
                        (result, problem) ->
                                owner.run(() -> attached(result, problem, video, audio)));
    }

    private void attached(
            @Nullable PublishResult result,
            @Nullable Throwable problem,
            boolean video,
            boolean audio) {
        switch (result) {
            case null -> {
                log.error("live {}: attaching a webcam failed", allowed.entryId(), problem);
                fail("internal", "The stream could not be started.", true);
            }
            case PublishResult.Accepted(StreamPublisher publisher) -> {
                if (!(state instanceof State.Attaching(ArrayDeque<Tag> held))) {
                    publisher.leave(true);
                    return;
                }
                state = new State.Live(publisher);
                publisher.metadata(video, audio);
                for (Tag next = held.poll(); next != null; next = held.poll()) {
                    publisher.media(next.kind(), next.timestampMs(), next.body());
                }
                heldBytes = 0;
                owner.streamStarted();
            }
            case PublishResult.Busy _ ->
                    fail("busy", "Somebody else is publishing this stream.", false);
            case PublishResult.ShuttingDown _ -> fail("stopping", "The server goes down.", true);
        }
    }

    boolean isLive() {
        return state instanceof State.Live;
    }

    @Override
    public void tag(TrackKind kind, long timestampMs, ByteBuf body) {
        long timestamp = timestampMs & 0xFFFF_FFFFL;
        switch (state) {
            case State.Live(StreamPublisher publisher) -> publisher.media(kind, timestamp, body);
            case State.Attaching(ArrayDeque<Tag> held) -> {
                held.add(new Tag(kind, timestamp, body));
                heldBytes += body.readableBytes();
                if (heldBytes > MAX_HELD_BYTES) {
                    fail("internal", "The stream took too long to start.", true);
                }
            }
            case State.Left _ -> body.release();
        }
    }

    private void fail(String reason, String message, boolean retry) {
        if (!(state instanceof State.Left)) {
            owner.streamFailed(reason, message, retry);
        }
    }

    /// Lets go of the stream, and of frames that wait.
    ///
    /// @param saidSo whether it need not wait for a publisher
    void leave(boolean saidSo) {
        State before = state;
        state = new State.Left();
        switch (before) {
            case State.Live(StreamPublisher publisher) -> publisher.leave(saidSo);
            case State.Attaching(ArrayDeque<Tag> held) -> {
                held.forEach(tag -> tag.body().release());
                held.clear();
            }
            case State.Left _ -> {}
        }
    }

    // --- from the stream's loop -----------------------------------------------------------------

    /// Thread-safe.
    @Override
    public void disconnect(DisconnectReason reason) {
        owner.run(
                () -> {
                    switch (reason) {
                        case TAKEN_OVER ->
                                fail(
                                        "taken-over",
                                        "This stream is published from somewhere else now.",
                                        false);
                        case SHUTTING_DOWN ->
                                fail("stopping", "The stream was ended by the server.", true);
                    }
                });
    }

    /// Thread-safe.
    @Override
    public void setReading(boolean reading) {
        owner.run(() -> owner.streamIsBehind(!reading));
    }

    /// Thread-safe.
    @Override
    public String remoteAddress() {
        return request.remoteAddress();
    }
}
