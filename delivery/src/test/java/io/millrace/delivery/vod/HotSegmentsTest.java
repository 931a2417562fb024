package io.millrace.delivery.vod;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.packaging.SegmentBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.Random;

/// Which segments are kept, and that they are freed.
final class HotSegmentsTest {
    private final HotSegments hot = new HotSegments(1 << 20, new SimpleMeterRegistry());

    @AfterEach
    void close() {
        hot.close();
    }

    @Test
    void secondBuildIsKeptAndGivenBackWhole() throws Exception {
        byte[] bytes = bytes(100_000);
        assertThat(offer("a", bytes, false)).isNull();
        assertThat(hot.get(key("a"))).isNull();
        SegmentFile built = Objects.requireNonNull(offer("a", bytes, false));
        SegmentFile found = Objects.requireNonNull(hot.get(key("a")));
        assertThat(found).isSameAs(built);
        assertThat(read(found)).isEqualTo(bytes);
        built.release();
        found.release();
    }

    @Test
    void segmentThatSeveralWantAtOnceIsKeptAtOnce() {
        SegmentFile built = Objects.requireNonNull(offer("a", bytes(1000), true));
        built.release();
        SegmentFile found = Objects.requireNonNull(hot.get(key("a")));
        found.release();
    }

    @Test
    void whatIsTooLargeIsNotKept() {
        assertThat(offer("a", bytes(300_000), true)).isNull();
    }

    @Test
    void evictedSegmentLivesUntilItsLastReplyIsSent() throws Exception {
        byte[] bytes = bytes(200_000);
        SegmentFile sending = Objects.requireNonNull(offer("a", bytes, true));
        FileChannel channel = sending.channel().orElseThrow();
        for (int i = 0; i < 40; i++) {
            SegmentFile other = offer("other" + i, bytes(200_000), true);
            if (other != null) {
                other.release();
            }
        }
        hot.close();
        assertThat(hot.get(key("a"))).isNull();
        assertThat(read(sending)).isEqualTo(bytes);
        sending.release();
        assertThat(channel.isOpen()).isFalse();
        assertThat(sending.tryRetain()).isFalse();
    }

    private @Nullable SegmentFile offer(String name, byte[] bytes, boolean shared) {
        ByteBuf first = Unpooled.directBuffer().writeBytes(bytes, 0, bytes.length / 2);
        ByteBuf second =
                Unpooled.directBuffer()
                        .writeBytes(bytes, bytes.length / 2, bytes.length - bytes.length / 2);
        var body =
                new SegmentBody(
                        java.util.List.of(
                                new SegmentBody.Made(first), new SegmentBody.Made(second)),
                        bytes.length);
        try {
            return hot.offer(key(name), body, shared);
        } finally {
            body.release();
        }
    }

    private static SegmentBuilder.Key key(String name) {
        return new SegmentBuilder.Key("tag", "media", name);
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] read(SegmentFile file) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.info().sizeBytes());
        while (bytes.hasRemaining() && file.read(bytes, bytes.position()) >= 0) {
            continue;
        }
        return bytes.array();
    }
}
