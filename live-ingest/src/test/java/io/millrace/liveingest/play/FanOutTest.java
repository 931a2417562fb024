package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.http.SharedPiece;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.stream.LiveEvents;
import io.millrace.liveingest.stream.LiveMetrics;
import io.millrace.liveingest.stream.LiveStreamOptions;
import io.millrace.liveingest.stream.LiveStreams;
import io.millrace.liveingest.stream.LiveStreams.PublishWish;
import io.millrace.liveingest.stream.PublishConflictPolicy;
import io.millrace.liveingest.stream.PublishResult;
import io.millrace.liveingest.stream.PublisherConnection;
import io.millrace.liveingest.stream.StreamInfo;
import io.millrace.liveingest.stream.StreamPublisher;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.EventExecutor;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Viewers of one stream on one event loop, whose time stands still until it is moved.
class FanOutTest {
    private static final FlvFraming FRAMING = new FlvFraming(ColorMetadata.ALWAYS);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final LiveStreams streams =
            new LiveStreams(
                    new LiveStreamOptions(
                            PublishConflictPolicy.TAKE_OVER, Duration.ZERO, Duration.ZERO),
                    LiveEvents.NONE,
                    new LiveMetrics(meters),
                    (_, _) -> {});
    private final FanOut fanOut = new FanOut(streams, PlayOptions.DEFAULT, meters, null);
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<Watching> watching = new ArrayList<>();
    private StreamPublisher publisher;
    private long timeMs;

    @BeforeEach
    void publish() {
        channel.freezeTime();
        var wish =
                new PublishWish(
                        new StreamInfo("cam", "", 0, "cam", "live", "?", 0, Instant.EPOCH),
                        false,
                        null);
        var result =
                streams.publish(new Encoder(), wish, channel.eventLoop()).toCompletableFuture();
        channel.runPendingTasks();
        publisher = ((PublishResult.Accepted) result.join()).publisher();
        publisher.metadata(true, false);
        config(1);
    }

    @AfterEach
    void everybodyLeaves() {
        watching.forEach(Viewer::left);
        channel.runPendingTasks();
        assertThat(fanOut.viewers()).isEmpty();
        channel.finishAndReleaseAll();
    }

    private void config(int content) {
        media(
                new FlvBody.Config(
                        FlvCodec.AVC, Unpooled.wrappedBuffer(new byte[] {(byte) content})));
    }

    private void frame(boolean key, int bytes) {
        media(new FlvBody.Frame(FlvCodec.AVC, key, 0, Unpooled.wrappedBuffer(new byte[bytes])));
        timeMs += 40;
        channel.runPendingTasks();
    }

    private void media(FlvBody body) {
        ByteBuf tag = Unpooled.buffer();
        FlvBodyWriter.write(body, tag);
        publisher.media(TrackKind.VIDEO, timeMs, tag);
    }

    private Watching watch() {
        var viewer = new Watching(channel.eventLoop());
        watching.add(viewer);
        join(viewer);
        return viewer;
    }

    private void join(Viewer viewer) {
        fanOut.view(true)
                .find(new StreamName("cam", ""))
                .thenAccept(source -> fanOut.join(source.orElseThrow(), FRAMING, viewer));
        channel.runPendingTasks();
    }

    /// Header, configuration, then tags: what they begin with.
    private static void assertStarts(Watching viewer) {
        assertThat(viewer.pieces.getFirst()).hasSize(13);
        assertThat(viewer.pieces.get(1)[0]).isEqualTo((byte) 18);
        assertThat(viewer.pieces.get(2)[0]).isEqualTo((byte) 9);
    }

    private static int bodyBytes(byte[] piece) {
        return Unpooled.wrappedBuffer(piece).getUnsignedMedium(1);
    }

    @Test
    void aNewcomerStartsAtTheNewestKeyFrameAndFewViewersGetEverythingAtOnce() {
        frame(true, 100);
        frame(false, 10);
        frame(true, 200);
        frame(false, 20);
        Watching viewer = watch();
        assertStarts(viewer);
        // The cache since the key frame in one piece.
        assertThat(viewer.pieces).hasSize(3);
        assertThat(bodyBytes(viewer.pieces.get(2))).isEqualTo(5 + 200);
        frame(false, 30);
        assertThat(viewer.pieces).hasSize(4);
        Watching second = watch();
        assertStarts(second);
        assertThat(second.bytes()).isEqualTo(viewer.bytes());
        assertThat(fanOut.viewers()).isEqualTo(Map.of("cam", Map.of("http-flv", 2)));
    }

    @Test
    void manyViewersGetGatheredTagsAndKeyFramesAtOnce() {
        frame(true, 100);
        for (int i = 0; i < 20; i++) {
            watch();
        }
        Watching viewer = watching.getFirst();
        int before = viewer.pieces.size();
        frame(false, 10);
        frame(false, 11);
        assertThat(viewer.pieces).hasSize(before);
        channel.advanceTimeBy(50, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
        assertThat(viewer.pieces).hasSize(before + 1);
        frame(false, 12);
        frame(true, 100);
        assertThat(viewer.pieces).hasSize(before + 3);
        for (Watching other : watching) {
            assertThat(other.bytes()).isEqualTo(viewer.bytes());
        }
        // Nothing waits: no timer is left.
        channel.advanceTimeBy(50, TimeUnit.MILLISECONDS);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void whoLagsByTwoSecondsSkipsToTheNextKeyFrame() {
        frame(true, 100);
        Watching slow = watch();
        Watching fast = watch();
        int had = slow.pieces.size();
        slow.open = false;
        for (int i = 0; i < 60; i++) {
            frame(false, 10);
        }
        assertThat(slow.pieces).hasSize(had);
        assertThat(skips()).isEqualTo(1);
        slow.open = true;
        slow.writable();
        frame(false, 10);
        assertThat(slow.pieces).hasSize(had);
        frame(true, 300);
        assertThat(slow.pieces).hasSize(had + 2);
        assertThat(slow.pieces.get(had)[0]).isEqualTo((byte) 18);
        assertThat(bodyBytes(slow.pieces.get(had + 1))).isEqualTo(5 + 300);
        assertThat(fast.pieces).hasSize(had + 62);
    }

    @Test
    void whoLagsByTwoMegabytesSkipsToo() {
        frame(true, 100);
        Watching slow = watch();
        slow.open = false;
        for (int i = 0; i < 30; i++) {
            frame(false, 100_000);
        }
        assertThat(skips()).isEqualTo(1);
    }

    private double skips() {
        return meters.counter("millrace.live.viewers.skipped", "kind", "http-flv").count();
    }

    @Test
    void aShortStallLosesNothing() {
        frame(true, 100);
        Watching slow = watch();
        Watching fast = watch();
        slow.open = false;
        for (int i = 0; i < 40; i++) {
            frame(false, 10);
        }
        slow.open = true;
        slow.writable();
        assertThat(slow.bytes()).isEqualTo(fast.bytes());
    }

    @Test
    void aChangedConfigurationGoesInBandAndToNewcomers() {
        frame(true, 100);
        Watching viewer = watch();
        config(2);
        frame(true, 100);
        byte[] change = viewer.pieces.get(viewer.pieces.size() - 2);
        assertThat(change[0]).isEqualTo((byte) 18);
        Watching late = watch();
        assertStarts(late);
    }

    @Test
    void aNodeThatRelaysTheStreamIsNoViewer() {
        frame(true, 100);
        var relay = new Watching(channel.eventLoop());
        relay.node = true;
        watching.add(relay);
        join(relay);
        assertStarts(relay);
        assertThat(fanOut.viewers()).isEmpty();
        watch();
        assertThat(fanOut.viewers()).isEqualTo(Map.of("cam", Map.of("http-flv", 1)));
        relay.left();
        channel.runPendingTasks();
        assertThat(fanOut.viewers()).isEqualTo(Map.of("cam", Map.of("http-flv", 1)));
    }

    @Test
    void theStreamsEndIsTheViewersEnd() {
        frame(true, 100);
        Watching viewer = watch();
        publisher.leave(true);
        channel.runPendingTasks();
        assertThat(viewer.finished).isTrue();
        assertThat(viewer.isOver()).isTrue();
    }

    private static final class Encoder implements PublisherConnection {
        @Override
        public void disconnect(DisconnectReason reason) {}

        @Override
        public void setReading(boolean reading) {}

        @Override
        public String remoteAddress() {
            return "?";
        }
    }

    private static final class Watching extends Viewer {
        private final List<byte[]> pieces = new ArrayList<>();
        private boolean open = true;
        private boolean finished;
        private boolean node;

        Watching(EventExecutor loop) {
            super(loop);
        }

        byte[] bytes() {
            ByteBuf all = Unpooled.buffer();
            pieces.forEach(all::writeBytes);
            return ByteBufUtil.getBytes(all);
        }

        @Override
        protected boolean isNode() {
            return node;
        }

        @Override
        protected boolean isWritable() {
            return open;
        }

        @Override
        protected void write(SharedPiece piece) {
            ByteBuf body = piece.body();
            pieces.add(ByteBufUtil.getBytes(body));
            body.release();
        }

        @Override
        protected void flush() {}

        @Override
        protected void awaitWritable() {}

        @Override
        protected void finish() {
            finished = true;
        }

        @Override
        protected void abandon(String why) {}
    }
}
