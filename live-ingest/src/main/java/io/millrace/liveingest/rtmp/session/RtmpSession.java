package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.RtmpFraming;
import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfBoolean;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.message.AggregateReader;
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
import io.millrace.liveingest.stream.LiveStreams;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection's conversation after the handshake: control messages, connect, and which message
/// stream a message is for. Accepts any order after connect and ignores what it does not know, as
/// encoders expect. What a message stream then does is its {@link MessageStream}'s business. Its
/// connection's event loop only.
final class RtmpSession implements Conversation {
    private static final Logger log = LoggerFactory.getLogger(RtmpSession.class);
    private static final int WINDOW_BYTES = 2_500_000;
    private static final int SEND_CHUNK_SIZE = RtmpFraming.CHUNK_SIZE;
    private static final long MAX_HELD_BYTES = 4 << 20;

    private final RtmpPeer peer;
    private final EventExecutor loop;
    private final PublishAuthorizer authorizer;
    private final LiveStreams streams;
    private final FanOut fanOut;
    private final PlayAccess playAccess;
    private SessionState state = new AwaitingConnect();
    private final MessageStreams messageStreams = new MessageStreams();
    private long heldBytes;

    /// What we said last.
    private long window = WINDOW_BYTES;

    RtmpSession(
            RtmpPeer peer,
            EventExecutor loop,
            PublishAuthorizer authorizer,
            LiveStreams streams,
            FanOut fanOut,
            PlayAccess playAccess) {
        this.fanOut = fanOut;
        this.playAccess = playAccess;
        this.peer = peer;
        this.loop = loop;
        this.authorizer = authorizer;
        this.streams = streams;
    }

    boolean isConnected() {
        return state instanceof Connected;
    }

    /// Whether anything is published: then media must keep coming.
    boolean expectsMedia() {
        return messageStreams.expectMedia();
    }

    /// Whether anything is played.
    boolean plays() {
        return messageStreams.play();
    }

    /// The client takes more again.
    void writable() {
        messageStreams.writable();
    }

    /// Whether the connection does nothing at all.
    boolean isIdle() {
        return messageStreams.areIdle();
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
                if (bytes != window) {
                    window = bytes;
                    peer.send(new WindowAcknowledgementSize(bytes));
                    peer.flush();
                }
            }
            case Command command -> command(command);
            case ScriptData data ->
                    messageStreams.publishing(data.messageStreamId()).scriptData(data);
            case Audio(int msid, long time, ByteBuf body) ->
                    messageStreams.publishing(msid).media(false, time, body);
            case Video(int msid, long time, ByteBuf body) ->
                    messageStreams.publishing(msid).media(true, time, body);
            case Aggregate aggregate ->
                    AggregateReader.read(
                            aggregate,
                            (kind, time, body) ->
                                    messageStreams
                                            .publishing(aggregate.messageStreamId())
                                            .media(kind == TrackKind.VIDEO, time, body));
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
        if (!(state instanceof Connected(ConnectRequest client))) {
            if (!command.name().equals("connect")) {
                throw new RtmpProtocolException(
                        "command " + printable(command) + " before connect");
            }
            connect(command);
            return;
        }
        switch (command.name()) {
            case "createStream" -> createStream(command);
            case "publish" -> publish(client, command);
            case "play" -> play(client, command, command.string(1));
            case "play2" -> {
                AmfObject parameters = command.object(1);
                play(client, command, parameters == null ? "" : parameters.string("streamName"));
            }
            case "pause", "pauseRaw" -> {
                if (messageStreams.get(command.messageStreamId()) instanceof PlaySession player
                        && player.isActive()) {
                    player.pause(
                            command.arguments().size() > 1
                                    && command.arguments().get(1)
                                            instanceof AmfBoolean(boolean pauses)
                                    && pauses);
                }
            }
            case "seek" -> {
                if (messageStreams.get(command.messageStreamId()) instanceof PlaySession player
                        && player.isActive()) {
                    player.seek();
                }
            }
            case "getStreamLength" -> {
                peer.send(Replies.result(command.transactionId(), AmfValue.of(0)));
                peer.flush();
            }
            case "FCPublish" -> {
                peer.send(Replies.onFcPublish());
                answerNothing(command);
            }
            case "releaseStream", "FCSubscribe" -> answerNothing(command);
            case "FCUnpublish" -> {
                messageStreams.finishNamed(command.string(1));
                answerNothing(command);
            }
            case "deleteStream" -> deleteStream(command);
            case "closeStream" -> messageStreams.get(command.messageStreamId()).finish(true);
            case "_result", "_error", "onStatus", "_checkbw" -> {}
            default -> answerNothing(command);
        }
    }

    private void connect(Command command) {
        become(new Connected(ConnectRequest.read(command)), "connect");
        peer.send(new WindowAcknowledgementSize(WINDOW_BYTES));
        peer.send(new SetPeerBandwidth(WINDOW_BYTES, 2));
        peer.send(new SetChunkSize(SEND_CHUNK_SIZE));
        peer.send(Replies.connected(command.transactionId()));
        peer.flush();
    }

    private void createStream(Command command) throws RtmpProtocolException {
        int id = messageStreams.create();
        peer.send(Replies.result(command.transactionId(), AmfValue.of(id)));
        peer.flush();
    }

    private void publish(ConnectRequest client, Command command) throws RtmpProtocolException {
        int msid = command.messageStreamId();
        if (messageStreams.get(msid).isActive()) {
            refuse(
                    msid,
                    "NetStream.Publish.BadName",
                    "This stream is being published already.",
                    "published twice");
            return;
        }
        var publishing = new PublishSession(this, msid, loop, streams);
        messageStreams.use(msid, publishing);
        publishing.start(client, command.string(1), authorizer);
    }

    /// A second play on the same message stream takes the place of the first.
    private void play(ConnectRequest client, Command command, String rawName)
            throws RtmpProtocolException {
        int msid = command.messageStreamId();
        MessageStream before = messageStreams.get(msid);
        if (before.sendsMedia()) {
            refuse(msid, "NetStream.Play.Failed", "This stream is published.", "play");
            return;
        }
        before.finish(true);
        var playing = new PlaySession(this, msid, loop, fanOut, client.capabilities());
        messageStreams.use(msid, playing);
        playing.start(client, rawName, playAccess);
    }

    private void deleteStream(Command command) {
        if (command.arguments().size() > 1
                && command.arguments().get(1) instanceof AmfNumber(double id)) {
            messageStreams.delete((int) id);
        } else {
            // GStreamer gives the name instead of the number.
            messageStreams.finishNamed(command.string(1));
        }
    }

    /// The connection is gone.
    void closed() {
        messageStreams.finishAll();
        become(new Closing("connection closed"), "closed");
    }

    @Override
    public RtmpPeer peer() {
        return peer;
    }

    @Override
    public void holds(int bytes) {
        heldBytes += bytes;
        if (heldBytes > 2 * MAX_HELD_BYTES) {
            close("too much media before the answer to publish", "held");
        } else if (heldBytes > MAX_HELD_BYTES) {
            peer.pause(this);
        } else if (bytes < 0) {
            peer.resume(this);
        }
    }

    @Override
    public void refuse(
            int messageStreamId, String code, String message, String reason, String metric) {
        if (state instanceof Closing) {
            return;
        }
        peer.send(Replies.status(messageStreamId, "error", code, message));
        close(reason, metric);
    }

    @Override
    public void close(String reason, String metric) {
        if (state instanceof Closing) {
            return;
        }
        become(new Closing(reason), "closing");
        messageStreams.finishAll();
        peer.closeAfterFlush(reason, metric);
    }

    @Override
    public void closeIfIdle(String reason, String metric) {
        if (isIdle()) {
            close(reason, metric);
        } else {
            peer.flush();
        }
    }

    @Override
    public void goAway() {
        if (state instanceof Connected(ConnectRequest client)
                && client.capabilities().reconnects()) {
            peer.send(Replies.reconnectRequest());
        }
        close("shutting down", "draining");
    }

    private void answerNothing(Command command) {
        if (command.transactionId() != 0) {
            peer.send(Replies.emptyResult(command.transactionId()));
        }
        peer.flush();
    }

    private void become(SessionState next, String why) {
        if (log.isDebugEnabled()) {
            log.debug(
                    "rtmp {}: {} -> {}: {}",
                    peer.remoteAddress(),
                    state.getClass().getSimpleName(),
                    next.getClass().getSimpleName(),
                    why);
        }
        state = next;
    }

    /// Names come from the wire: only letters, and not too many, go into a log.
    private static String printable(Command command) {
        String name = command.name().replaceAll("[^A-Za-z0-9_@]", "?");
        return name.length() > 32 ? name.substring(0, 32) : name;
    }
}
