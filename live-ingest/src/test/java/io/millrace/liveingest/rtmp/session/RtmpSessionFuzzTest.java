package io.millrace.liveingest.rtmp.session;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.gate.PlayGate;
import io.millrace.liveingest.play.FanOut;
import io.millrace.liveingest.play.PlayAccess;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A whole connection, which may be anywhere in its conversation when the bytes come: no exception
/// escapes, nothing stays allocated, nothing stays live.
///
/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class RtmpSessionFuzzTest {
    private static final List<RtmpMessage> OPENING =
            List.of(
                    new Command(
                            0,
                            "connect",
                            1,
                            List.of(new AmfObject(Map.of("app", AmfValue.of("live"))))),
                    new Command(0, "createStream", 2, List.of(AmfValue.Nothing.NULL)),
                    new Command(
                            1, "publish", 3, List.of(AmfValue.Nothing.NULL, AmfValue.of("entry"))));

    /// First byte: how much of a publisher's usual opening has been said before; the rest is
    /// chunks.
    @FuzzTest(maxDuration = "3m")
    void anythingAtAnyPoint(byte[] data) {
        if (data.length == 0) {
            return;
        }
        var allocator = new UnpooledByteBufAllocator(false);
        var streams =
                new LiveStreams(
                        new LiveStreamOptions(
                                PublishConflictPolicy.TAKE_OVER, Duration.ZERO, Duration.ZERO),
                        LiveEvents.NONE,
                        new LiveMetrics(new SimpleMeterRegistry()),
                        (_, _) -> {});
        var channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline()
                .addLast(
                        new RtmpConnection(
                                RtmpServerOptions.onPort(0),
                                request ->
                                        CompletableFuture.completedFuture(
                                                new Allowed(request.entryId(), false)),
                                streams,
                                new LiveMetrics(new SimpleMeterRegistry()),
                                new FanOut(
                                        streams,
                                        PlayOptions.DEFAULT,
                                        new SimpleMeterRegistry(),
                                        null),
                                new PlayAccess(null, true, Clock.systemUTC(), PlayGate.OPEN),
                                null,
                                () -> {}));
        channel.writeInbound(Unpooled.buffer().writeByte(3).writeZero(2 * 1536));
        var chunks = new ChunkWriter();
        int said = Math.min(OPENING.size(), data[0] & 3);
        for (RtmpMessage message : OPENING.subList(0, said)) {
            ByteBuf out = Unpooled.buffer();
            RtmpMessageWriter.write(chunks, message, out, UnpooledByteBufAllocator.DEFAULT);
            channel.writeInbound(out);
            channel.runPendingTasks();
        }
        int middle = 1 + (data.length - 1) / 2;
        say(channel, data, 1, middle);
        say(channel, data, middle, data.length);
        channel.checkException();
        channel.finishAndReleaseAll();
        channel.runPendingTasks();
        assertThat(streams.all()).isEmpty();
        assertThat(allocator.metric().usedHeapMemory()).isZero();
    }

    private static void say(EmbeddedChannel channel, byte[] data, int from, int to) {
        if (channel.isOpen() && to > from) {
            channel.writeInbound(Unpooled.wrappedBuffer(data, from, to - from));
            channel.runPendingTasks();
        }
    }
}
