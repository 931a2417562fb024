package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.gate.Player;
import io.millrace.liveingest.play.Admission;
import io.millrace.liveingest.play.ColorMetadata;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.play.PlayRequest;
import io.millrace.liveingest.play.RtmpFraming;
import io.millrace.liveingest.play.Viewer;
import io.millrace.liveingest.play.ViewerKind;
import io.millrace.liveingest.rtmp.message.RtmpMessage.ScriptData;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One play on one message stream. Live only: what the player wants of times and pauses is
/// acknowledged and changes nothing.
///
///     Looking -> Playing -> Finished
///         +-------------------^
///
/// Its connection's event loop only.
final class PlaySession implements MessageStream {
    private static final Logger log = LoggerFactory.getLogger(PlaySession.class);

    /// What players use counts from 1; every number of its own costs a framing of its own.
    private static final int MAX_MESSAGE_STREAM_ID = 16;

    private sealed interface State {
        record Looking() implements State {}

        record Playing(RtmpViewer viewer) implements State {}

        record Finished() implements State {}
    }

    private final Conversation conversation;
    private final int messageStreamId;
    private final EventExecutor loop;
    private final FanOut fanOut;
    private final EnhancedCapabilities player;
    private State state = new State.Looking();
    private String name = "";

    PlaySession(
            Conversation conversation,
            int messageStreamId,
            EventExecutor loop,
            FanOut fanOut,
            EnhancedCapabilities player) {
        this.conversation = conversation;
        this.messageStreamId = messageStreamId;
        this.loop = loop;
        this.fanOut = fanOut;
        this.player = player;
    }

    /// @param rawName as the client sent it: it may hold the token
    void start(ConnectRequest client, String rawName, PlayAccess access) {
        PlayRequest request = PlayRequest.read(client.tcUrl(), client.app(), rawName);
        if (messageStreamId < 1 || messageStreamId > MAX_MESSAGE_STREAM_ID) {
            refuse("NetStream.Play.Failed", "Create a stream first.", "name");
            return;
        }
        if (!request.names().isEmpty()) {
            name = request.names().getFirst().entryId();
        }
        access.admit(
                        request.names(),
                        request.token(),
                        ViewerKind.RTMP,
                        new Player(
                                conversation.peer().inetAddress(),
                                client.program(),
                                request.parameters()),
                        null,
                        fanOut.view(true))
                .whenComplete(
                        (admission, failure) ->
                                conversation.peer().execute(() -> admitted(admission, failure)));
    }

    private void admitted(@Nullable Admission admission, @Nullable Throwable failure) {
        if (!(state instanceof State.Looking)) {
            return; // gone meanwhile
        }
        switch (admission) {
            case null -> {
                log.warn(
                        "live {}: whether it may be played cannot be found out: {}",
                        name,
                        String.valueOf(failure));
                refuse("NetStream.Play.Failed", PlayGate.Verdict.Unknown.MESSAGE, "gate");
            }
            case Admission.Unanswered _ ->
                    refuse("NetStream.Play.Failed", PlayGate.Verdict.Unknown.MESSAGE, "gate");
            case Admission.Refused(String message) -> {
                finish(false);
                conversation.refuse(
                        messageStreamId,
                        "NetStream.Play.Failed",
                        message,
                        "live " + name + ": may not be played: " + message,
                        "unauthorized");
            }
            case Admission.NotLive _ ->
                    refuse(
                            "NetStream.Play.StreamNotFound",
                            "There is no such live stream at the moment.",
                            "not live");
            case Admission.Admitted(LiveSource source) -> play(source);
        }
    }

    private void play(LiveSource source) {
        RtmpPeer peer = conversation.peer();
        peer.used();
        peer.send(new UserControl(UserControl.STREAM_BEGIN, messageStreamId, 0));
        sendStatus("status", "NetStream.Play.Reset", "Playing and resetting.");
        sendStatus("status", "NetStream.Play.Start", "Playing.");
        peer.send(Replies.sampleAccess(messageStreamId));
        peer.flush();
        peer.limitUnsent(PlayOptions.UNSENT_BYTES);
        log.info(
                "live {}: played over RTMP by {}", source.stream().entryId(), peer.remoteAddress());
        var viewer = new RtmpViewer(loop);
        state = new State.Playing(viewer);
        fanOut.join(source, new RtmpFraming(messageStreamId, colors()), viewer);
    }

    private ColorMetadata colors() {
        return player.saysToDecode(FlvCodec.AVC) ? ColorMetadata.ALWAYS : ColorMetadata.ENHANCED;
    }

    private void refuse(String code, String message, String metric) {
        finish(false);
        conversation.refuse(messageStreamId, code, message, metric);
    }

    void writable() {
        if (state instanceof State.Playing(RtmpViewer viewer)) {
            viewer.writable();
        }
    }

    /// Answers `pause`; live goes on.
    void pause(boolean pauses) {
        sendStatus(
                "status",
                pauses ? "NetStream.Pause.Notify" : "NetStream.Unpause.Notify",
                "This is a live stream.");
        conversation.peer().flush();
    }

    /// Answers `seek`; live goes on.
    void seek() {
        sendStatus("status", "NetStream.Seek.Notify", "This is a live stream.");
        conversation.peer().flush();
    }

    @Override
    public void media(boolean video, long timestampMs, ByteBuf body) {
        body.release();
    }

    @Override
    public void scriptData(ScriptData data) {}

    @Override
    public boolean isNamed(String other) {
        return other.equals(name);
    }

    @Override
    public boolean isActive() {
        return !(state instanceof State.Finished);
    }

    @Override
    public boolean sendsMedia() {
        return false;
    }

    @Override
    public void finish(boolean saidSo) {
        State before = state;
        state = new State.Finished();
        if (before instanceof State.Playing(RtmpViewer viewer)) {
            viewer.left();
        }
    }

    private void sendStatus(String level, String code, String description) {
        conversation.peer().send(Replies.status(messageStreamId, level, code, description));
    }

    private final class RtmpViewer extends Viewer {
        RtmpViewer(EventExecutor loop) {
            super(loop);
        }

        @Override
        protected boolean isWritable() {
            return conversation.peer().isWritable();
        }

        @Override
        protected boolean accepts(StreamTracks tracks) {
            FlvCodec denied = denied(tracks.video());
            if (denied == null) {
                denied = denied(tracks.audio());
            }
            if (denied == null) {
                return true;
            }
            refuse(
                    "NetStream.Play.Failed",
                    "The stream is " + denied.fourCc() + ", which this player cannot decode.",
                    "codec");
            return false;
        }

        private @Nullable FlvCodec denied(@Nullable Configured track) {
            return track != null && player.deniesDecoding(track.codec()) ? track.codec() : null;
        }

        @Override
        protected void write(SharedPiece piece) {
            conversation.peer().writeShared(piece);
        }

        @Override
        protected void flush() {
            conversation.peer().flushShared();
        }

        /// The connection tells {@link PlaySession#writable} by itself.
        @Override
        protected void awaitWritable() {}

        @Override
        protected void finish() {
            state = new State.Finished();
            sendStatus("status", "NetStream.Play.UnpublishNotify", "The stream has ended.");
            conversation.peer().send(new UserControl(UserControl.STREAM_EOF, messageStreamId, 0));
            conversation.peer().flush();
        }

        @Override
        protected void abandon(String why) {
            state = new State.Finished();
            conversation.close("slow viewer: " + why, "slow viewer");
        }
    }
}
