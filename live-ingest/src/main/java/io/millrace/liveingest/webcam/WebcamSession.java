package io.millrace.liveingest.webcam;

import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishRequest;
import io.millrace.liveingest.demux.DemuxedTrack;
import io.millrace.liveingest.demux.Demuxer;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.record.FileRecording;
import io.millrace.liveingest.record.Recordings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/// One recorder's bytes, over however many connections they come. To its stream this is the
/// publisher: a connection that breaks is no interruption while its page may come back and go on
/// with the next byte.
///
///     Reading -> Streaming -> Ended        what players can be shown
///             +> Storing   -> Ended        what can only be recorded
///
/// Its event loop only (that of its first connection), but for what says otherwise.
final class WebcamSession implements Demuxer.Output, WebcamStream.Owner {
    private static final Logger log = LoggerFactory.getLogger(WebcamSession.class);

    /// Of a container's head, and what is sent with it.
    private static final int MAX_HEAD_BYTES = 2 << 20;

    /// What may wait for slow storage.
    private static final long MAX_UNWRITTEN_BYTES = 4 << 20;

    /// The page is gone, by RFC 6455 §7.4.1: navigated away or closed, and its recorder with it.
    private static final int PAGE_GONE = 1001;

    private sealed interface State {
        /// What the container holds is not known yet; its bytes are kept.
        record Reading(ByteBuf head) implements State {}

        record Streaming(WebcamStream stream) implements State {}

        /// Goes into a file as it comes.
        record Storing(FileRecording file) implements State {}

        record Ended() implements State {}
    }

    private final WebcamEndpoint endpoint;
    private final String id;
    private final PublishRequest request;
    private final Allowed allowed;
    private final EventLoop loop;
    private final Map<Integer, FrameTags> tags = new HashMap<>();
    private State state = new State.Reading(ByteBufAllocator.DEFAULT.buffer());
    private @Nullable Demuxer demuxer;
    private @Nullable WebcamConnection connection;
    private @Nullable Future<?> deadline;
    private final Acknowledgements acknowledgements;
    private long received;
    private long lastFrameMs;
    private String notLive = "";
    private boolean behind;

    WebcamSession(
            WebcamEndpoint endpoint,
            String id,
            PublishRequest request,
            Allowed allowed,
            EventLoop loop) {
        this.endpoint = endpoint;
        this.id = id;
        this.request = request;
        this.allowed = allowed;
        this.loop = loop;
        acknowledgements = new Acknowledgements(loop, this::sendAck);
    }

    /// Thread-safe.
    String id() {
        return id;
    }

    /// Thread-safe.
    String entryId() {
        return allowed.entryId();
    }

    /// Thread-safe.
    EventLoop loop() {
        return loop;
    }

    /// Now, when this is the session's loop. Thread-safe.
    @Override
    public void run(Runnable action) {
        if (loop.inEventLoop()) {
            action.run();
            return;
        }
        try {
            loop.execute(action);
        } catch (RejectedExecutionException _) {
            // The loops have stopped.
        }
    }

    // --- connections --------------------------------------------------------------------------

    /// @param firstOffset of the bytes that the page still has
    void attach(WebcamConnection joining, long firstOffset) {
        if (state instanceof State.Ended) {
            if (firstOffset == 0) {
                joining.refuse("stopping", "This recording has just ended; try again.", true);
            } else {
                joining.restart("This recording has ended.");
            }
            return;
        }
        if (firstOffset > received) {
            joining.restart("Bytes before " + firstOffset + " are missing.");
            return;
        }
        WebcamConnection before = connection;
        if (before != null) {
            before.replaced();
        }
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
        connection = joining;
        if (received > 0) {
            endpoint.resumed();
            log.info(
                    "live {}: webcam of {} is back and goes on at byte {}",
                    entryId(),
                    remoteAddress(),
                    received);
        }
        joining.ready(this, received);
        acknowledgements.begin();
        if (behind) {
            joining.pause(WebcamConnection.STREAM_IS_BEHIND);
        }
        switch (state) {
            case State.Streaming(WebcamStream stream) when !stream.isLive() ->
                    joining.pause(WebcamConnection.NOT_STARTED);
            case State.Streaming _ -> joining.send(WebcamMessage.live(true, ""));
            case State.Storing _ -> joining.send(WebcamMessage.live(false, notLive));
            case State.Reading _, State.Ended _ -> {}
        }
    }

    /// The next bytes. Borrows `piece`.
    void data(WebcamConnection from, ByteBuf piece) {
        if (from != connection || !piece.isReadable()) {
            return;
        }
        int size = piece.readableBytes();
        int start = piece.readerIndex();
        if (state instanceof State.Reading(ByteBuf head)) {
            head.writeBytes(piece, start, size);
        }
        State before = state;
        try {
            demuxer(piece).read(piece, this);
        } catch (MediaException e) {
            log.warn("live {}: webcam of {}: {}", entryId(), remoteAddress(), e.getMessage());
            fail("format", "What the browser recorded cannot be read: " + e.getMessage(), false);
            return;
        }
        switch (state) {
            case State.Ended _ -> {
                return;
            }
            case State.Reading(ByteBuf head) when head.readableBytes() > MAX_HEAD_BYTES -> {
                fail("format", "What the browser recorded has no beginning.", false);
                return;
            }
            case State.Storing(FileRecording file) when before instanceof State.Storing ->
                    file.write(piece.retainedSlice(start, size));
            default -> {}
        }
        received += size;
        if (state instanceof State.Storing) {
            if (received - acknowledgements.kept() > MAX_UNWRITTEN_BYTES) {
                streamIsBehind(true);
            }
        } else {
            acknowledgements.kept(received);
        }
    }

    /// The file has so many bytes.
    private void stored(long bytes) {
        if (behind && received - bytes < MAX_UNWRITTEN_BYTES / 2) {
            streamIsBehind(false);
        }
        acknowledgements.kept(bytes);
    }

    private Demuxer demuxer(ByteBuf first) throws MediaException {
        Demuxer known = demuxer;
        if (known == null) {
            known = Containers.open(first, ByteBufAllocator.DEFAULT);
            demuxer = known;
        }
        return known;
    }

    private void sendAck(long bytes) {
        WebcamConnection now = connection;
        if (now != null) {
            now.send(WebcamMessage.ack(bytes));
        }
    }

    /// The page says that this was all.
    void end(WebcamConnection from, long offset) {
        if (from != connection) {
            return;
        }
        if (offset != received) {
            log.warn("live {}: webcam ends at byte {}, {} came", entryId(), offset, received);
            from.restart("The recording ends at " + offset + ", but " + received + " bytes came.");
            return;
        }
        log.info("live {}: webcam of {} stopped", entryId(), remoteAddress());
        endpoint.receivedWhole(this, received);
        from.ended(received);
        finish(true);
    }

    /// @param code why the connection is gone
    void left(WebcamConnection from, int code) {
        if (from != connection) {
            return;
        }
        connection = null;
        if (state instanceof State.Ended) {
            return;
        }
        if (code == PAGE_GONE) {
            log.info("live {}: webcam of {}: its page was closed", entryId(), remoteAddress());
            finish(true);
            return;
        }
        long window = endpoint.options().resumeWindow().toMillis();
        log.info(
                "live {}: webcam of {} lost at byte {} ({}); waiting {} s for it",
                entryId(),
                from.socket().remoteAddress(),
                received,
                code,
                window / 1000);
        deadline =
                loop.schedule(
                        () -> {
                            log.info("live {}: webcam did not come back", entryId());
                            finish(true);
                        },
                        window,
                        TimeUnit.MILLISECONDS);
    }

    // --- media --------------------------------------------------------------------------------

    @Override
    public void tracks(List<DemuxedTrack> tracks) {
        tags.clear();
        StringBuilder missing = new StringBuilder();
        boolean video = false;
        boolean audio = false;
        for (DemuxedTrack track : tracks) {
            FlvCodec codec = track.codec();
            if (codec == null || !LiveTrack.isPackaged(codec)) {
                missing.append(missing.isEmpty() ? "" : " and ")
                        .append(codec == null ? track.codecName() : codec.name());
            } else {
                tags.put(track.number(), new FrameTags(track, codec, ByteBufAllocator.DEFAULT));
                video |= codec.isVideo();
                audio |= !codec.isVideo();
            }
        }
        if (!(state instanceof State.Reading(ByteBuf head))) {
            return; // the recorder wrote another file
        }
        if (missing.isEmpty()) {
            head.release();
            publish(video, audio);
        } else {
            store(head, missing.toString());
        }
    }

    /// Takes `head` over: all that came, to the end of the piece at hand.
    private void store(ByteBuf head, String codecs) {
        Recordings recordings = endpoint.recordings();
        Demuxer container = demuxer;
        if (recordings == null || !allowed.record() || container == null) {
            fail(
                    "format",
                    codecs + " cannot be shown live, and this stream is not recorded.",
                    false);
            return;
        }
        tags.clear();
        notLive = "It is recorded, but not live: players have no " + codecs + ".";
        log.info("live {}: webcam with {} is recorded only", entryId(), codecs);
        FileRecording file =
                recordings.recordFile(
                        entryId(),
                        request.partnerId(),
                        Containers.extension(container),
                        bytes -> run(() -> stored(bytes)),
                        why ->
                                run(
                                        () ->
                                                fail(
                                                        "storage",
                                                        "The recording could not be written.",
                                                        false)));
        file.write(head);
        state = new State.Storing(file);
        WebcamConnection now = connection;
        if (now != null) {
            now.send(WebcamMessage.live(false, notLive));
        }
    }

    private void publish(boolean video, boolean audio) {
        var stream = new WebcamStream(this, request, allowed);
        state = new State.Streaming(stream);
        WebcamConnection now = connection;
        if (now != null) {
            now.pause(WebcamConnection.NOT_STARTED);
        }
        stream.start(endpoint.streams(), loop, video, audio);
    }

    @Override
    public void frame(
            DemuxedTrack track, long timeMs, int compositionMs, boolean keyFrame, ByteBuf data) {
        lastFrameMs = Math.max(lastFrameMs, timeMs);
        FrameTags writer = tags.get(track.number());
        if (writer != null && state instanceof State.Streaming(WebcamStream stream)) {
            writer.frame(timeMs, compositionMs, keyFrame, data, stream);
        }
    }

    // --- the stream -----------------------------------------------------------------------------

    @Override
    public void streamStarted() {
        WebcamConnection now = connection;
        if (now != null) {
            now.send(WebcamMessage.live(true, ""));
            now.resume(WebcamConnection.NOT_STARTED);
        }
    }

    @Override
    public void streamFailed(String reason, String message, boolean retry) {
        fail(reason, message, retry);
    }

    @Override
    public void streamIsBehind(boolean isBehind) {
        behind = isBehind;
        WebcamConnection now = connection;
        if (now == null) {
            return;
        }
        if (isBehind) {
            now.pause(WebcamConnection.STREAM_IS_BEHIND);
        } else {
            now.resume(WebcamConnection.STREAM_IS_BEHIND);
        }
    }

    private String remoteAddress() {
        return request.remoteAddress();
    }

    // --- the end --------------------------------------------------------------------------------

    /// The server goes down.
    void drain() {
        if (!(state instanceof State.Streaming)) {
            fail("stopping", "The server goes down; another one may take over.", true);
        }
    }

    private void fail(String reason, String message, boolean retry) {
        WebcamConnection now = connection;
        if (now != null) {
            now.refuse(reason, message, retry);
        }
        finish(false);
    }

    /// @param saidSo whether the stream need not wait for a publisher
    private void finish(boolean saidSo) {
        State before = state;
        state = new State.Ended();
        switch (before) {
            case State.Streaming(WebcamStream stream) -> stream.leave(saidSo);
            case State.Reading(ByteBuf head) -> head.release();
            case State.Storing(FileRecording file) -> file.close(lastFrameMs);
            case State.Ended _ -> {}
        }
        connection = null;
        if (deadline != null) {
            deadline.cancel(false);
        }
        acknowledgements.cancel();
        // Not closed here: this may be called out of its own read.
        Demuxer open = demuxer;
        demuxer = null;
        if (open != null) {
            loop.execute(open::close);
        }
        endpoint.forget(this);
    }
}
