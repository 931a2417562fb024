package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.auth.PublishTarget;
import io.millrace.liveingest.flv.FlvMetadata;
import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.LiveStreams.PublishWish;
import io.millrace.liveingest.stream.PublishResult;
import io.millrace.liveingest.stream.PublisherConnection;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;

/// One publish on one message stream: asks whether it may, then hands the media to its stream.
///
///     Authorizing -> Publishing -> Finished
///          +----------------------------^
///
/// Its connection's event loop only.
final class PublishSession implements MessageStream {
    private static final Logger log = LoggerFactory.getLogger(PublishSession.class);

    private sealed interface State {
        /// The platform is being asked; media waits here: librtmp sends it before our answer.
        record Authorizing(ArrayDeque<HeldMedia> held) implements State {}

        record Publishing(StreamPublisher publisher) implements State {}

        record Finished() implements State {}
    }

    private record HeldMedia(boolean video, long timestampMs, ByteBuf body) {}

    private final Conversation conversation;
    private final int messageStreamId;
    private final EventExecutor loop;
    private final LiveStreams streams;
    private State state = new State.Authorizing(new ArrayDeque<>());
    private String name = "";

    /// Came before our answer.
    private @Nullable FlvMetadata early;

    PublishSession(
            Conversation conversation,
            int messageStreamId,
            EventExecutor loop,
            LiveStreams streams) {
        this.conversation = conversation;
        this.messageStreamId = messageStreamId;
        this.loop = loop;
        this.streams = streams;
    }

    /// @param rawName as the client sent it: it may hold the key
    void start(ConnectRequest client, String rawName, PublishAuthorizer authorizer) {
        switch (PublishTarget.read(
                client.tcUrl(), client.app(), rawName, conversation.peer().remoteAddress())) {
            case PublishTarget.Unusable(String message) -> {
                finish(false);
                refuse("NetStream.Publish.BadName", message, "name");
            }
            case PublishTarget.Named(PublishRequest request) -> {
                name = request.streamName();
                authorizer
                        .authorize(request)
                        .whenComplete(
                                (decision, failure) ->
                                        conversation
                                                .peer()
                                                .execute(
                                                        () -> decided(request, decision, failure)));
            }
        }
    }

    private void decided(
            PublishRequest request,
            @Nullable PublishDecision decision,
            @Nullable Throwable failure) {
        if (!(state instanceof State.Authorizing)) {
            return; // gone meanwhile
        }
        switch (decision) {
            case null -> {
                log.error("live {}: authorizing failed", request.entryId(), failure);
                conversation.close("authorizing failed", "authorizer");
            }
            case Denied(PublishDecision.Reason reason, String message) -> {
                String logged =
                        "live " + request.entryId() + ": refused: " + reason + ": " + message;
                switch (reason) {
                    case UNAUTHORIZED ->
                            refuse(
                                    "NetStream.Publish.Unauthorized",
                                    message,
                                    logged,
                                    "unauthorized");
                    case NOT_FOUND, LIMIT ->
                            refuse("NetStream.Publish.Denied", message, logged, "denied");
                    case BUSY -> refuse("NetStream.Publish.BadName", message, logged, "busy");
                    // A plain close: the encoder tries again, which is right here.
                    case UNAVAILABLE -> conversation.close(logged, "authorizer");
                }
            }
            case Allowed(String entryId, boolean record, @Nullable Duration dvr) -> {
                var wish =
                        new PublishWish(
                                new StreamInfo(
                                        entryId,
                                        request.partnerId(),
                                        request.index(),
                                        request.streamName(),
                                        request.app(),
                                        request.remoteAddress(),
                                        0,
                                        Instant.now()),
                                record,
                                dvr);
                streams.publish(new Connection(), wish, loop)
                        .whenComplete(
                                (result, problem) ->
                                        conversation
                                                .peer()
                                                .execute(() -> attached(result, problem)));
            }
        }
    }

    private void attached(@Nullable PublishResult result, @Nullable Throwable problem) {
        switch (result) {
            case null -> {
                log.error("live {}: attaching failed", name, problem);
                conversation.close("attaching failed", "internal");
            }
            case PublishResult.Accepted(StreamPublisher publisher) -> {
                if (!(state instanceof State.Authorizing(ArrayDeque<HeldMedia> held))) {
                    publisher.leave(false);
                    return;
                }
                state = new State.Publishing(publisher);
                RtmpPeer peer = conversation.peer();
                peer.used();
                peer.send(new UserControl(UserControl.STREAM_BEGIN, messageStreamId, 0));
                sendStatus("status", "NetStream.Publish.Start", "Publishing.");
                peer.flush();
                if (early != null) {
                    publisher.metadata(early.hasVideo(), early.hasAudio());
                }
                int bytes = 0;
                for (HeldMedia next = held.poll(); next != null; next = held.poll()) {
                    bytes += next.body().readableBytes();
                    pass(publisher, next.video(), next.timestampMs(), next.body());
                }
                conversation.holds(-bytes);
            }
            case PublishResult.Busy _ -> {
                if (state instanceof State.Authorizing) {
                    refuse(
                            "NetStream.Publish.BadName",
                            "Somebody else is publishing this stream.",
                            "busy");
                }
            }
            case PublishResult.ShuttingDown _ -> conversation.close("shutting down", "draining");
        }
    }

    @Override
    public void media(boolean video, long timestampMs, ByteBuf body) {
        switch (state) {
            case State.Publishing(StreamPublisher publisher) ->
                    pass(publisher, video, timestampMs, body);
            case State.Authorizing(ArrayDeque<HeldMedia> held) -> {
                held.add(new HeldMedia(video, timestampMs, body));
                conversation.holds(body.readableBytes());
            }
            case State.Finished _ -> body.release();
        }
    }

    private void pass(StreamPublisher publisher, boolean video, long timestampMs, ByteBuf body) {
        publisher.media(video ? TrackKind.VIDEO : TrackKind.AUDIO, timestampMs, body);
    }

    @Override
    public void scriptData(ScriptData data) {
        FlvMetadata said = FlvMetadata.read(data.values());
        if (said == null) {
            return;
        }
        switch (state) {
            case State.Publishing(StreamPublisher publisher) ->
                    publisher.metadata(said.hasVideo(), said.hasAudio());
            case State.Authorizing _ -> early = said;
            case State.Finished _ -> {}
        }
    }

    @Override
    public boolean isNamed(String other) {
        String plain = other.substring(other.lastIndexOf('/') + 1);
        int question = plain.indexOf('?');
        return (question < 0 ? plain : plain.substring(0, question)).equals(name);
    }

    @Override
    public boolean isActive() {
        return !(state instanceof State.Finished);
    }

    @Override
    public boolean sendsMedia() {
        return isActive();
    }

    @Override
    public void finish(boolean saidSo) {
        State before = state;
        state = new State.Finished();
        switch (before) {
            case State.Publishing(StreamPublisher publisher) -> {
                publisher.leave(saidSo);
                if (saidSo) {
                    sendStatus("status", "NetStream.Unpublish.Success", "Stream unpublished.");
                    conversation.peer().flush();
                }
            }
            case State.Authorizing(ArrayDeque<HeldMedia> held) -> {
                int bytes = 0;
                for (HeldMedia next = held.poll(); next != null; next = held.poll()) {
                    bytes += next.body().readableBytes();
                    next.body().release();
                }
                conversation.holds(-bytes);
            }
            case State.Finished _ -> {}
        }
    }

    private void refuse(String code, String message, String metric) {
        refuse(code, message, message, metric);
    }

    /// @param reason for the log
    private void refuse(String code, String message, String reason, String metric) {
        conversation.refuse(messageStreamId, code, message, reason, metric);
    }

    private void sendStatus(String level, String code, String description) {
        conversation.peer().send(Replies.status(messageStreamId, level, code, description));
    }

    /// What the stream may do to us; it calls from its own loop.
    private final class Connection implements PublisherConnection {
        @Override
        public void disconnect(DisconnectReason reason) {
            conversation
                    .peer()
                    .execute(
                            () -> {
                                if (!isActive()) {
                                    return;
                                }
                                // The stream has let go of us already.
                                state = new State.Finished();
                                switch (reason) {
                                    case TAKEN_OVER -> takenOver();
                                    case SHUTTING_DOWN -> conversation.goAway();
                                }
                            });
        }

        private void takenOver() {
            String message = "Another connection with the same key publishes this stream now.";
            sendStatus("error", "NetStream.Publish.BadName", message);
            conversation.closeIfIdle(message, "taken over");
        }

        @Override
        public void setReading(boolean reading) {
            conversation
                    .peer()
                    .execute(
                            () -> {
                                if (reading) {
                                    conversation.peer().resume(PublishSession.this);
                                } else {
                                    conversation.peer().pause(PublishSession.this);
                                }
                            });
        }

        @Override
        public String remoteAddress() {
            return conversation.peer().remoteAddress();
        }
    }
}
