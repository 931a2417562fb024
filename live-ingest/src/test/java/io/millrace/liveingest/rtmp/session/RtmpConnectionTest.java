package io.millrace.liveingest.rtmp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessage.UserControl;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Conversations with one connection, without a network.
class RtmpConnectionTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final LiveMetrics metrics = new LiveMetrics(meters);
    private final LiveStreams streams =
            new LiveStreams(
                    new LiveStreamOptions(
                            PublishConflictPolicy.TAKE_OVER, Duration.ofSeconds(60), Duration.ZERO),
                    LiveEvents.NONE,
                    metrics,
                    (_, _) -> {});
    private final FanOut fanOut = new FanOut(streams, PlayOptions.DEFAULT, meters, null);
    private final PlayAccess playAccess =
            new PlayAccess(null, true, Clock.systemUTC(), PlayGate.OPEN);
    private CompletableFuture<PublishDecision> answer =
            CompletableFuture.completedFuture(new Allowed("entry", false));
    private boolean byName;
    private final PublishAuthorizer authorizer =
            request ->
                    byName
                            ? CompletableFuture.completedFuture(
                                    new Allowed(request.entryId(), false))
                            : answer;
    private long nanoTime;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new RtmpConnection(
                            RtmpServerOptions.onPort(0),
                            authorizer,
                            streams,
                            metrics,
                            fanOut,
                            playAccess,
                            null,
                            () -> {},
                            () -> nanoTime));
    private final ChunkWriter chunks = new ChunkWriter();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void pass(int seconds) {
        for (int i = 0; i < 10 * seconds; i++) {
            nanoTime += 100_000_000;
            channel.advanceTimeBy(100, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
    }

    private double refused(String reason) {
        return meters.get("millrace.live.rtmp.refused").tag("reason", reason).counter().count();
    }

    private void handshake() {
        channel.writeInbound(Unpooled.buffer().writeByte(3).writeZero(2 * 1536));
        ByteBuf answerBytes = channel.readOutbound();
        assertThat(answerBytes.readableBytes()).isEqualTo(3073);
        answerBytes.release();
    }

    private List<RtmpMessage> say(RtmpMessage message) throws Exception {
        ByteBuf out = Unpooled.buffer();
        RtmpMessageWriter.write(chunks, message, out, ByteBufAllocator.DEFAULT);
        channel.writeInbound(out);
        return heard();
    }

    private List<RtmpMessage> heard() throws Exception {
        channel.runPendingTasks();
        List<RtmpMessage> messages = new ArrayList<>();
        for (ByteBuf bytes = channel.readOutbound();
                bytes != null;
                bytes = channel.readOutbound()) {
            // Each write starts with whole messages; the chunk size is ours to say.
            try (var reader =
                    new ChunkReader(
                            ByteBufAllocator.DEFAULT,
                            (type, time, msid, payload) ->
                                    messages.add(
                                            RtmpMessageReader.read(type, time, msid, payload)))) {
                reader.maxChunkSize(4096);
                reader.read(bytes);
            } finally {
                bytes.release();
            }
        }
        return messages;
    }

    private static Command command(String name, double tx, AmfValue... arguments) {
        return new Command(0, name, tx, List.of(arguments));
    }

    private List<RtmpMessage> connect() throws Exception {
        handshake();
        ByteBuf out = Unpooled.buffer();
        RtmpMessageWriter.write(chunks, new SetChunkSize(4096), out, ByteBufAllocator.DEFAULT);
        channel.writeInbound(out);
        return say(
                command(
                        "connect",
                        1,
                        new AmfObject(
                                Map.of(
                                        "app", AmfValue.of("kLive"),
                                        "tcUrl", AmfValue.of("rtmp://h/kLive")))));
    }

    private List<RtmpMessage> publish(String name) throws Exception {
        assertThat(say(command("createStream", 4, AmfValue.Nothing.NULL)))
                .containsExactly(command("_result", 4, AmfValue.Nothing.NULL, new AmfNumber(1)));
        return say(
                new Command(
                        1,
                        "publish",
                        5,
                        List.of(AmfValue.Nothing.NULL, AmfValue.of(name), AmfValue.of("live"))));
    }

    private static String status(List<RtmpMessage> messages) {
        return messages.stream()
                .filter(m -> m instanceof Command c && c.name().equals("onStatus"))
                .map(m -> ((Command) m).object(1))
                .filter(Objects::nonNull)
                .map(info -> info.string("code") + ": " + info.string("description"))
                .findFirst()
                .orElse("");
    }

    @Test
    void acceptsAPublisher() throws Exception {
        assertThat(connect())
                .anyMatch(
                        m ->
                                m instanceof Command c
                                        && c.name().equals("_result")
                                        && c.transactionId() == 1
                                        && Objects.requireNonNull(c.object(1))
                                                .string("code")
                                                .equals("NetConnection.Connect.Success"));
        assertThat(status(publish("entry?t=x"))).startsWith("NetStream.Publish.Start");
        assertThat(streams.isLive("entry")).isTrue();
        // GStreamer gives the name where the number belongs, and no transaction id.
        assertThat(
                        status(
                                say(
                                        command(
                                                "deleteStream",
                                                0,
                                                AmfValue.Nothing.NULL,
                                                AmfValue.of("entry")))))
                .startsWith("NetStream.Unpublish.Success");
        assertThat(streams.isLive("entry")).isFalse();
    }

    @Test
    void saysWhatItPassesOn() throws Exception {
        AmfObject information =
                connect().stream()
                        .filter(m -> m instanceof Command c && c.name().equals("_result"))
                        .map(m -> ((Command) m).object(1))
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseThrow();
        assertThat(information.get("videoFourCcInfoMap"))
                .isInstanceOfSatisfying(
                        AmfObject.class, map -> assertThat(map.number("hvc1", 0)).isEqualTo(4));
        assertThat(information.get("audioFourCcInfoMap"))
                .isInstanceOfSatisfying(
                        AmfObject.class, map -> assertThat(map.number("Opus", 0)).isEqualTo(4));
        assertThat((int) information.number("capsEx", 0) & 4).isEqualTo(4);
    }

    @Test
    void holdsWhatComesBeforeTheAnswer() throws Exception {
        answer = new CompletableFuture<>();
        connect();
        assertThat(status(publish("entry"))).isEmpty();
        for (int i = 0; i < 10; i++) {
            say(new Video(1, i * 40L, Unpooled.wrappedBuffer(new byte[] {0x17, 1, 0, 0, 0, 9})));
        }
        assertThat(meters.get("millrace.live.media.in").counter().count()).isZero();
        answer.complete(new Allowed("entry", false));
        assertThat(status(heard())).startsWith("NetStream.Publish.Start");
        assertThat(meters.get("millrace.live.media.in").counter().count()).isEqualTo(60);
    }

    @Test
    void tooMuchBeforeTheAnswerEndsTheConnection() throws Exception {
        answer = new CompletableFuture<>();
        connect();
        publish("entry");
        for (int i = 0; i < 12; i++) {
            say(new Video(1, i * 40L, Unpooled.wrappedBuffer(new byte[1 << 20])));
        }
        assertThat(meters.get("millrace.live.rtmp.refused").tag("reason", "held").counter().count())
                .isEqualTo(1);
        answer.complete(new Allowed("entry", false));
        heard();
        assertThat(streams.isLive("entry")).isFalse();
    }

    @Test
    void refusesWithATextForPeople() throws Exception {
        answer =
                CompletableFuture.completedFuture(
                        new Denied(Reason.UNAUTHORIZED, "The stream key has expired."));
        connect();
        assertThat(status(publish("entry?t=x")))
                .isEqualTo("NetStream.Publish.Unauthorized: The stream key has expired.");
        assertThat(say(command("createStream", 9, AmfValue.Nothing.NULL))).isEmpty();
    }

    @Test
    void refusesANameThatCouldBeAPath() throws Exception {
        connect();
        assertThat(status(publish("../../etc/passwd"))).startsWith("NetStream.Publish.BadName");
        assertThat(streams.isLive("../../etc/passwd")).isFalse();
    }

    @Test
    void aSecondPublishOnOneMessageStreamIsAnError() throws Exception {
        connect();
        publish("entry");
        assertThat(
                        status(
                                say(
                                        new Command(
                                                1,
                                                "publish",
                                                6,
                                                List.of(
                                                        AmfValue.Nothing.NULL,
                                                        AmfValue.of("other"))))))
                .startsWith("NetStream.Publish.BadName");
    }

    @Test
    void commandsBeforeConnectEndTheConnection() throws Exception {
        handshake();
        say(command("createStream", 1, AmfValue.Nothing.NULL));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void answersPingsAndUnknownCommands() throws Exception {
        connect();
        assertThat(say(new UserControl(UserControl.PING_REQUEST, 77, 0)))
                .containsExactly(new UserControl(UserControl.PING_RESPONSE, 77, 0));
        assertThat(say(command("somethingNew", 12)))
                .containsExactly(command("_result", 12, AmfValue.Nothing.NULL));
        assertThat(say(command("somethingNew", 0))).isEmpty();
        assertThat(status(say(new Command(1, "play", 0, List.of(AmfValue.Nothing.NULL)))))
                .startsWith("NetStream.Play.StreamNotFound");
    }

    @Test
    void acknowledgesWhatItReads() throws Exception {
        connect();
        say(new RtmpMessage.WindowAcknowledgementSize(40_000));
        publish("entry");
        List<RtmpMessage> messages = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            messages.addAll(say(new Video(1, i, Unpooled.wrappedBuffer(new byte[10_000]))));
        }
        assertThat(messages).anyMatch(m -> m instanceof RtmpMessage.Acknowledgement);
    }

    private Video video(int msid, long time) {
        return new Video(msid, time, Unpooled.wrappedBuffer(new byte[] {0x17, 1, 0, 0, 0, 9}));
    }

    @Test
    void severalPublishesOnOneConnectionEndOneByOne() throws Exception {
        answerWithTheName();
        connect();
        for (int msid = 1; msid <= 2; msid++) {
            say(command("createStream", 4, AmfValue.Nothing.NULL));
            assertThat(status(publishOn(msid, "rate" + msid + "?t=x")))
                    .startsWith("NetStream.Publish.Start");
        }
        assertThat(streams.isLive("rate1")).isTrue();
        assertThat(streams.isLive("rate2")).isTrue();
        say(command("FCUnpublish", 0, AmfValue.Nothing.NULL, AmfValue.of("live/rate1?t=x")));
        assertThat(streams.isLive("rate1")).isFalse();
        assertThat(streams.isLive("rate2")).isTrue();
        say(command("deleteStream", 0, AmfValue.Nothing.NULL, new AmfNumber(2)));
        assertThat(streams.isLive("rate2")).isFalse();
        assertThat(channel.isOpen()).isTrue();
    }

    private void answerWithTheName() {
        byName = true;
    }

    private List<RtmpMessage> publishOn(int msid, String name) throws Exception {
        return say(
                new Command(
                        msid,
                        "publish",
                        5,
                        List.of(AmfValue.Nothing.NULL, AmfValue.of(name), AmfValue.of("live"))));
    }

    @Test
    void publishesWithoutCreateStreamAndWithMediaOnAnotherMessageStream() throws Exception {
        connect();
        assertThat(status(publishOn(1, "entry"))).startsWith("NetStream.Publish.Start");
        say(video(0, 0));
        assertThat(meters.get("millrace.live.media.in").counter().count()).isEqualTo(6);
        for (int msid = 2; msid <= 30 && channel.isOpen(); msid++) {
            publishOn(msid, "entry" + msid);
        }
        assertThat(channel.isOpen()).isFalse();
        assertThat(refused("protocol")).isEqualTo(1);
    }

    @Test
    void readsCommandsInTheirAmf3Envelope() throws Exception {
        handshake();
        ByteBuf body = Unpooled.buffer().writeByte(0);
        for (AmfValue value :
                List.of(
                        AmfValue.of("connect"),
                        AmfValue.of(1),
                        new AmfObject(
                                Map.of(
                                        "app",
                                        AmfValue.of("live"),
                                        "objectEncoding",
                                        AmfValue.of(3))))) {
            Amf0Writer.write(body, value);
        }
        ByteBuf out = Unpooled.buffer();
        chunks.write(3, 17, 0, 0, body, out);
        body.release();
        channel.writeInbound(out);
        assertThat(heard())
                .anyMatch(
                        m ->
                                m instanceof Command c
                                        && c.name().equals("_result")
                                        && Objects.requireNonNull(c.object(1))
                                                        .number("objectEncoding", -1)
                                                == 0);
    }

    @Test
    void unpacksAggregates() throws Exception {
        connect();
        publish("entry");
        ByteBuf tags = Unpooled.buffer();
        for (int i = 0; i < 3; i++) {
            byte[] body = {0x17, 1, 0, 0, 0, (byte) i};
            tags.writeByte(9).writeMedium(body.length).writeMedium(1000 + 40 * i).writeByte(0);
            tags.writeMedium(0).writeBytes(body).writeInt(11 + body.length);
        }
        tags.writeByte(8).writeMedium(500); // cut off
        say(new RtmpMessage.Aggregate(1, 5000, tags));
        assertThat(meters.get("millrace.live.media.in").counter().count()).isEqualTo(18);
        assertThat(channel.isOpen()).isTrue();
    }

    @Test
    void answersAPeerBandwidthOnlyWhenItIsNew() throws Exception {
        connect();
        assertThat(say(new RtmpMessage.SetPeerBandwidth(5_000_000, 2)))
                .containsExactly(new RtmpMessage.WindowAcknowledgementSize(5_000_000));
        assertThat(say(new RtmpMessage.SetPeerBandwidth(5_000_000, 2))).isEmpty();
    }

    @Test
    void aHandshakeThatNeverEndsIsClosed() {
        channel.freezeTime();
        channel.writeInbound(Unpooled.buffer().writeByte(3).writeZero(100));
        pass(4);
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
        assertThat(refused("handshake")).isEqualTo(1);
    }

    @Test
    void whoNeverConnectsIsClosed() {
        channel.freezeTime();
        handshake();
        pass(9);
        assertThat(channel.isOpen()).isTrue();
        pass(2);
        assertThat(channel.isOpen()).isFalse();
        assertThat(refused("connect")).isEqualTo(1);
    }

    @Test
    void aPublisherWithoutMediaIsClosedHoweverMuchItPings() throws Exception {
        channel.freezeTime();
        connect();
        publish("entry");
        for (int i = 0; i < 3; i++) {
            pass(6);
            say(video(1, i * 6000L));
        }
        assertThat(channel.isOpen()).isTrue();
        for (int i = 0; i < 3; i++) {
            say(new UserControl(UserControl.PING_REQUEST, i, 0));
            pass(4);
        }
        assertThat(channel.isOpen()).isFalse();
        assertThat(refused("silent")).isEqualTo(1);
    }

    @Test
    void aConnectionThatDoesNothingIsClosed() throws Exception {
        channel.freezeTime();
        connect();
        for (int i = 0; i < 6; i++) {
            pass(4);
            say(command("releaseStream", 2, AmfValue.Nothing.NULL, AmfValue.of("x")));
        }
        assertThat(channel.isOpen()).isTrue();
        pass(20);
        assertThat(channel.isOpen()).isFalse();
        assertThat(refused("idle")).isEqualTo(1);
    }

    @Test
    void aCodecThatNobodyKnowsIsNoReasonToClose() throws Exception {
        connect();
        publish("entry");
        for (byte[] body :
                new byte[][] {
                    {0x12, 0, 0, 0},
                    {(byte) 0x90, 'x', 'x', 'x', 'x', 1},
                    {(byte) 0x9D, 'h', 'v', 'c', '1', 1},
                    {(byte) 0x96, 0x30},
                    {(byte) 0x97, (byte) 0xFF, 0},
                }) {
            say(new Video(1, 0, Unpooled.wrappedBuffer(body)));
            say(new RtmpMessage.Audio(1, 0, Unpooled.wrappedBuffer(body)));
        }
        assertThat(channel.isOpen()).isTrue();
        assertThat(streams.isLive("entry")).isTrue();
    }

    @Test
    void whatIsNotRtmpIsClosed() {
        channel.writeInbound(
                Unpooled.copiedBuffer(
                        "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void noiseAfterTheHandshakeNeverEscapes() {
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            var noisy =
                    new EmbeddedChannel(
                            new RtmpConnection(
                                    RtmpServerOptions.onPort(0),
                                    authorizer,
                                    streams,
                                    metrics,
                                    fanOut,
                                    playAccess,
                                    null,
                                    () -> {}));
            byte[] bytes = new byte[random.nextInt(2000)];
            random.nextBytes(bytes);
            noisy.writeInbound(
                    Unpooled.buffer().writeByte(3).writeZero(2 * 1536).writeBytes(bytes));
            noisy.checkException();
            noisy.finishAndReleaseAll();
        }
    }
}
