package io.millrace.liveingest.rtmp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.auth.PublishAuthorizer;
import io.millrace.liveingest.auth.PublishDecision;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

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
    private CompletableFuture<PublishDecision> answer =
            CompletableFuture.completedFuture(new Allowed("entry", false));
    private final PublishAuthorizer authorizer = _ -> answer;
    private final EmbeddedChannel channel =
            new EmbeddedChannel(
                    new RtmpConnection(RtmpServerOptions.onPort(0), authorizer, streams, metrics));
    private final ChunkWriter chunks = new ChunkWriter();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
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
                .startsWith("NetStream.Play.Failed");
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
                                    RtmpServerOptions.onPort(0), authorizer, streams, metrics));
            byte[] bytes = new byte[random.nextInt(2000)];
            random.nextBytes(bytes);
            noisy.writeInbound(
                    Unpooled.buffer().writeByte(3).writeZero(2 * 1536).writeBytes(bytes));
            noisy.checkException();
            noisy.finishAndReleaseAll();
        }
    }
}
