package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.auth.PublishTarget;
import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfBoolean;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Abort;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Acknowledgement;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Aggregate;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Audio;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetPeerBandwidth;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Unknown;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessage.WindowAcknowledgementSize;
import io.millrace.liveingest.rtmp.session.SessionState.AwaitingConnect;
import io.millrace.liveingest.rtmp.session.SessionState.Closing;
import io.millrace.liveingest.rtmp.session.SessionState.Connected;
import io.millrace.liveingest.rtmp.session.SessionState.HeldMedia;
import io.millrace.liveingest.rtmp.session.SessionState.Publication;
import io.millrace.liveingest.rtmp.session.SessionState.Publication.Authorizing;
import io.millrace.liveingest.rtmp.session.SessionState.Publication.Created;
import io.millrace.liveingest.rtmp.session.SessionState.Publication.Finished;
import io.millrace.liveingest.rtmp.session.SessionState.Publication.Publishing;
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

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One connection's conversation after the handshake: connect, createStream, publish, media, and
/// the ways out. Accepts any order after connect and ignores what it does not know, as encoders
/// expect. Its connection's event loop only.
final class RtmpSession {
    private static final Logger log = LoggerFactory.getLogger(RtmpSession.class);
    private static final int WINDOW_BYTES = 2_500_000;
    private static final int SEND_CHUNK_SIZE = 4096;
    private static final int MAX_MESSAGE_STREAMS = 16;
    private static final long MAX_HELD_BYTES = 4 << 20;
    private static final int CAPABILITY_RECONNECT = 1;

    private final RtmpPeer peer;
    private final EventExecutor loop;
    private final PublishAuthorizer authorizer;
    private final LiveStreams streams;
    private SessionState state = new AwaitingConnect();
    private final Map<Integer, Publication> publications = new HashMap<>();
    private int lastMessageStreamId;
    private long heldBytes;

    RtmpSession(
            RtmpPeer peer, EventExecutor loop, PublishAuthorizer authorizer, LiveStreams streams) {
        this.peer = peer;
        this.loop = loop;
        this.authorizer = authorizer;
        this.streams = streams;
    }

    boolean isConnected() {
        return state instanceof Connected;
    }

    boolean isPublishing() {
        return publications.values().stream().anyMatch(p -> p instanceof Publishing);
    }

    /// Takes the message over.
    void message(RtmpMessage message) throws RtmpProtocolException {
        if (state instanceof Closing) {
            release(message);
            return;
        }
        switch (message) {
            case SetChunkSize(int size) -> peer.readChunkSize(size);
            case Abort(int chunkStreamId) -> peer.abort(chunkStreamId);
            case Acknowledgement _ -> {}
            case UserControl(int event, long value, _) -> {
                if (event == UserControl.PING_REQUEST) {
                    peer.send(new UserControl(UserControl.PING_RESPONSE, value, 0));
                    peer.flush();
                }
            }
            case WindowAcknowledgementSize(long bytes) -> peer.acknowledgeEvery(bytes);
            case SetPeerBandwidth(long bytes, _) -> {
                peer.send(new WindowAcknowledgementSize(bytes));
                peer.flush();
            }
            case Command command -> command(command);
            case ScriptData data -> scriptData(data);
            case Audio(int msid, long time, ByteBuf body) -> media(msid, false, time, body);
            case Video(int msid, long time, ByteBuf body) -> media(msid, true, time, body);
            case Aggregate aggregate -> aggregate(aggregate);
            case Unknown _ -> {}
        }
    }

    private static void release(RtmpMessage message) {
        switch (message) {
            case Audio(_, _, ByteBuf body) -> body.release();
            case Video(_, _, ByteBuf body) -> body.release();
            case Aggregate(_, _, ByteBuf body) -> body.release();
            default -> {}
        }
    }

    private void command(Command command) throws RtmpProtocolException {
        if (!(state instanceof Connected connected)) {
            if (!command.name().equals("connect")) {
                throw new RtmpProtocolException(
                        "command " + printable(command) + " before connect");
            }
            connect(command);
            return;
        }
        switch (command.name()) {
            case "createStream" -> createStream(command);
            case "publish" -> publish(connected, command);
            case "FCPublish" -> {
                // Some phones wait for it.
                peer.send(
                        new Command(
                                0,
                                "onFCPublish",
                                0,
                                List.of(
                                        AmfValue.Nothing.NULL,
                                        status("status", "NetStream.Publish.Start", ""))));
                answerNull(command);
            }
            case "releaseStream", "FCSubscribe" -> answerNull(command);
            case "FCUnpublish" -> {
                leaveAll(true);
                answerNull(command);
            }
            case "deleteStream" -> deleteStream(command);
            case "closeStream" -> finish(command.messageStreamId(), true);
            case "play", "play2" -> {
                sendStatus(
                        command.messageStreamId(),
                        "error",
                        "NetStream.Play.Failed",
                        "Streams are not played over RTMP here; use HLS.");
                peer.flush();
            }
            case "_result", "_error", "onStatus", "_checkbw" -> {}
            default -> answerNull(command);
        }
    }

    private void connect(Command command) {
        AmfObject wish = command.object(0);
        String app = wish == null ? "" : wish.string("app");
        String tcUrl = wish == null ? "" : wish.string("tcUrl");
        long capabilities = wish == null ? 0 : (long) wish.number("capsEx", 0);
        become(new Connected(tcUrl, app, (capabilities & CAPABILITY_RECONNECT) != 0), "connected");
        peer.send(new WindowAcknowledgementSize(WINDOW_BYTES));
        peer.send(new SetPeerBandwidth(WINDOW_BYTES, 2));
        peer.send(new SetChunkSize(SEND_CHUNK_SIZE));
        var properties = new LinkedHashMap<String, AmfValue>();
        properties.put("fmsVer", AmfValue.of("FMS/3,0,1,123"));
        properties.put("capabilities", AmfValue.of(31));
        var information = new LinkedHashMap<String, AmfValue>();
        information.put("level", AmfValue.of("status"));
        information.put("code", AmfValue.of("NetConnection.Connect.Success"));
        information.put("description", AmfValue.of("Connection succeeded."));
        information.put("objectEncoding", AmfValue.of(0));
        peer.send(
                new Command(
                        0,
                        "_result",
                        command.transactionId(),
                        List.of(new AmfObject(properties), new AmfObject(information))));
        peer.flush();
    }

    private void createStream(Command command) throws RtmpProtocolException {
        if (publications.size() >= MAX_MESSAGE_STREAMS) {
            throw new RtmpProtocolException(
                    "more than " + MAX_MESSAGE_STREAMS + " message streams");
        }
        int id = ++lastMessageStreamId;
        publications.put(id, new Created());
        peer.send(
                new Command(
                        0,
                        "_result",
                        command.transactionId(),
                        List.of(AmfValue.Nothing.NULL, AmfValue.of(id))));
        peer.flush();
    }

    private void publish(Connected connected, Command command) {
        int msid = command.messageStreamId();
        Publication before = publications.get(msid);
        if (before instanceof Authorizing || before instanceof Publishing) {
            refuse(
                    msid,
                    "NetStream.Publish.BadName",
                    "This stream is being published already.",
                    "published twice");
            return;
        }
        String rawName = command.string(1);
        switch (PublishTarget.read(connected.tcUrl(), connected.app(), rawName, address())) {
            case PublishTarget.Unusable(String message) ->
                    refuse(msid, "NetStream.Publish.BadName", message, "name");
            case PublishTarget.Named(PublishRequest request) -> {
                var asking = new Authorizing(request.entryId(), new ArrayDeque<>());
                publications.put(msid, asking);
                authorizer
                        .authorize(request)
                        .whenComplete(
                                (decision, failure) ->
                                        peer.execute(
                                                () ->
                                                        decided(
                                                                msid, asking, request, decision,
                                                                failure)));
            }
        }
    }

    private void decided(
            int msid,
            Authorizing asking,
            PublishRequest request,
            @Nullable PublishDecision decision,
            @Nullable Throwable failure) {
        if (publications.get(msid) != asking || !(state instanceof Connected)) {
            asking.release();
            return; // gone meanwhile
        }
        switch (decision) {
            case null -> {
                log.error("live {}: authorizing failed", request.entryId(), failure);
                close("authorizing failed", "authorizer");
            }
            case Denied(PublishDecision.Reason reason, String message) -> {
                log.warn(
                        "live {}: refused {}: {}: {}",
                        request.entryId(),
                        address(),
                        reason,
                        message);
                switch (reason) {
                    case UNAUTHORIZED ->
                            refuse(msid, "NetStream.Publish.Unauthorized", message, "unauthorized");
                    case NOT_FOUND, LIMIT ->
                            refuse(msid, "NetStream.Publish.Denied", message, "denied");
                    case BUSY -> refuse(msid, "NetStream.Publish.BadName", message, "busy");
                    // A plain close: the encoder tries again, which is right here.
                    case UNAVAILABLE -> close(message, "authorizer");
                }
            }
            case Allowed(String entryId, boolean record) -> {
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
                                record);
                streams.publish(new Connection(msid), wish, loop)
                        .whenComplete(
                                (result, problem) ->
                                        peer.execute(
                                                () -> attached(msid, asking, result, problem)));
            }
        }
    }

    private void attached(
            int msid,
            Authorizing asking,
            @Nullable PublishResult result,
            @Nullable Throwable problem) {
        boolean gone = publications.get(msid) != asking || !(state instanceof Connected);
        switch (result) {
            case null -> {
                log.error("live {}: attaching failed", asking.streamName(), problem);
                asking.release();
                close("attaching failed", "internal");
            }
            case PublishResult.Accepted(StreamPublisher publisher) -> {
                if (gone) {
                    asking.release();
                    publisher.leave(false);
                    return;
                }
                publications.put(msid, new Publishing(publisher));
                peer.send(new UserControl(UserControl.STREAM_BEGIN, msid, 0));
                sendStatus(msid, "status", "NetStream.Publish.Start", "Publishing.");
                peer.flush();
                for (HeldMedia held = asking.held().poll();
                        held != null;
                        held = asking.held().poll()) {
                    pass(publisher, held.video(), held.timestampMs(), held.body());
                }
                if (heldBytes > MAX_HELD_BYTES) {
                    peer.setReading(true);
                }
                heldBytes = 0;
            }
            case PublishResult.Busy _ -> {
                asking.release();
                if (!gone) {
                    refuse(
                            msid,
                            "NetStream.Publish.BadName",
                            "Somebody else is publishing this stream.",
                            "busy");
                }
            }
            case PublishResult.ShuttingDown _ -> {
                asking.release();
                close("shutting down", "draining");
            }
        }
    }

    /// Takes `body` over.
    private void media(int msid, boolean video, long timestampMs, ByteBuf body) {
        switch (publications.get(msid)) {
            case Publishing(StreamPublisher publisher) -> pass(publisher, video, timestampMs, body);
            case Authorizing asking -> {
                // librtmp sends media before our answer.
                asking.held().add(new HeldMedia(video, timestampMs, body));
                heldBytes += body.readableBytes();
                if (heldBytes > 2 * MAX_HELD_BYTES) {
                    close("too much media before the answer to publish", "held");
                } else if (heldBytes > MAX_HELD_BYTES) {
                    peer.setReading(false);
                }
            }
            case null, default -> body.release();
        }
    }

    private static void pass(
            StreamPublisher publisher, boolean video, long timestampMs, ByteBuf body) {
        publisher.media(video ? TrackKind.VIDEO : TrackKind.AUDIO, timestampMs, body);
    }

    /// FLV tags, each with 11 bytes before and 4 behind; times are relative to the first one's.
    private void aggregate(Aggregate aggregate) {
        ByteBuf in = aggregate.payload();
        try {
            long shift = Long.MIN_VALUE;
            while (in.readableBytes() >= 11) {
                int type = in.readUnsignedByte();
                int size = in.readUnsignedMedium();
                long time = in.readUnsignedMedium() | (long) in.readUnsignedByte() << 24;
                in.skipBytes(3);
                if (size > in.readableBytes()) {
                    return;
                }
                if (shift == Long.MIN_VALUE) {
                    shift = aggregate.timestampMs() - time;
                }
                ByteBuf body = in.readRetainedSlice(size);
                long shifted = time + shift & 0xFFFF_FFFFL;
                if (type == 8 || type == 9) {
                    media(aggregate.messageStreamId(), type == 9, shifted, body);
                } else {
                    body.release();
                }
                in.skipBytes(Math.min(4, in.readableBytes()));
            }
        } finally {
            in.release();
        }
    }

    private void scriptData(ScriptData data) {
        int at = 0;
        if (!data.values().isEmpty()
                && data.values().getFirst() instanceof AmfString(String name)
                && name.equals("@setDataFrame")) {
            at = 1;
        }
        if (data.values().size() <= at + 1
                || !(data.values().get(at) instanceof AmfString(String event))
                || !event.equals("onMetaData")
                || !(data.values().get(at + 1) instanceof AmfObject metadata)
                || !(publications.get(data.messageStreamId())
                        instanceof Publishing(StreamPublisher publisher))) {
            return;
        }
        publisher.metadata(
                says(metadata, "Video", "videocodecid"), says(metadata, "Audio", "audiocodecid"));
    }

    private static boolean says(AmfObject metadata, String kind, String codecId) {
        return switch (metadata.get("has" + kind)) {
            case AmfBoolean(boolean has) -> has;
            case null, default ->
                    switch (metadata.get(codecId)) {
                        case AmfNumber(double id) -> id != 0;
                        case AmfString(String id) -> !id.isEmpty();
                        case null, default -> false;
                    };
        };
    }

    private void deleteStream(Command command) {
        // GStreamer gives the name instead of the number; there is one stream then.
        if (command.arguments().size() > 1
                && command.arguments().get(1) instanceof AmfNumber(double id)) {
            finish((int) id, true);
            publications.remove((int) id);
        } else {
            leaveAll(true);
        }
    }

    private void finish(int msid, boolean saidSo) {
        Publication publication = publications.get(msid);
        switch (publication) {
            case Publishing(StreamPublisher publisher) -> {
                publications.put(msid, new Finished());
                publisher.leave(saidSo);
                if (saidSo) {
                    sendStatus(
                            msid, "status", "NetStream.Unpublish.Success", "Stream unpublished.");
                    peer.flush();
                }
            }
            case Authorizing asking -> {
                asking.release();
                publications.put(msid, new Finished());
            }
            case Created _, Finished _ -> {}
            case null -> {}
        }
    }

    private void leaveAll(boolean saidSo) {
        for (int msid : publications.keySet().toArray(Integer[]::new)) {
            finish(msid, saidSo);
        }
    }

    /// The connection is gone.
    void closed() {
        leaveAll(false);
        publications.clear();
        become(new Closing("connection closed"), "closed");
    }

    private void refuse(int msid, String code, String message, String metric) {
        sendStatus(msid, "error", code, message);
        close(message, metric);
    }

    private void close(String reason, String metric) {
        leaveAll(false);
        become(new Closing(reason), "closing");
        peer.closeAfterFlush(reason, metric);
    }

    private void answerNull(Command command) {
        if (command.transactionId() != 0) {
            peer.send(
                    new Command(
                            0, "_result", command.transactionId(), List.of(AmfValue.Nothing.NULL)));
            peer.flush();
        }
    }

    private void sendStatus(int msid, String level, String code, String description) {
        peer.send(
                new Command(
                        msid,
                        "onStatus",
                        0,
                        List.of(AmfValue.Nothing.NULL, status(level, code, description))));
    }

    private static AmfObject status(String level, String code, String description) {
        var fields = new LinkedHashMap<String, AmfValue>();
        fields.put("level", AmfValue.of(level));
        fields.put("code", AmfValue.of(code));
        fields.put("description", AmfValue.of(description));
        return new AmfObject(fields);
    }

    private void become(SessionState next, String why) {
        if (log.isDebugEnabled()) {
            log.debug(
                    "rtmp {}: {} -> {}: {}",
                    address(),
                    state.getClass().getSimpleName(),
                    next.getClass().getSimpleName(),
                    why);
        }
        state = next;
    }

    private String address() {
        return peer.remoteAddress();
    }

    /// Names come from the wire: only letters, and not too many, go into a log.
    private static String printable(Command command) {
        String name = command.name().replaceAll("[^A-Za-z0-9_@]", "?");
        return name.length() > 32 ? name.substring(0, 32) : name;
    }

    /// What the stream may do to us; it calls from its own loop.
    private final class Connection implements PublisherConnection {
        private final int msid;

        Connection(int msid) {
            this.msid = msid;
        }

        @Override
        public void disconnect(DisconnectReason reason) {
            peer.execute(
                    () -> {
                        if (!(state instanceof Connected connected)) {
                            return;
                        }
                        switch (reason) {
                            case TAKEN_OVER -> {
                                // The stream has let go of us already.
                                publications.put(msid, new Finished());
                                refuse(
                                        msid,
                                        "NetStream.Publish.BadName",
                                        "Another connection with the same key publishes this"
                                                + " stream now.",
                                        "taken over");
                            }
                            case SHUTTING_DOWN -> {
                                publications.put(msid, new Finished());
                                if (connected.reconnects()) {
                                    peer.send(
                                            new Command(
                                                    0,
                                                    "onStatus",
                                                    0,
                                                    List.of(
                                                            AmfValue.Nothing.NULL,
                                                            status(
                                                                    "status",
                                                                    "NetConnection.Connect.ReconnectRequest",
                                                                    "The server is going down."))));
                                }
                                close("shutting down", "draining");
                            }
                        }
                    });
        }

        @Override
        public void setReading(boolean reading) {
            peer.execute(() -> peer.setReading(reading));
        }

        @Override
        public String remoteAddress() {
            return address();
        }
    }
}
