package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.util.ArrayList;
import java.util.List;

/// Whatever another node, or something that answers in its place, sends as FLV: tags, or a checked
/// exception, the same however it is cut, and nothing left allocated.
///
/// Without `JAZZER_FUZZ=1` the kept seeds are replayed.
class FlvStreamFuzzTest {
    @FuzzTest(maxDuration = "3m")
    void tags(byte[] data) {
        List<String> whole = read(data, Math.max(1, data.length));
        assertThat(read(data, 1)).isEqualTo(whole);
        assertThat(read(data, 100)).isEqualTo(whole);
    }

    private static List<String> read(byte[] data, int step) {
        var allocator = new UnpooledByteBufAllocator(false);
        List<String> tags = new ArrayList<>();
        try (var decoder =
                new FlvTagDecoder(
                        allocator,
                        (type, time, body) -> {
                            tags.add(type + " " + time + " " + ByteBufUtil.hashCode(body));
                            body.release();
                        })) {
            for (int at = 0; at < data.length; at += step) {
                decoder.read(Unpooled.wrappedBuffer(data, at, Math.min(step, data.length - at)));
            }
        } catch (FlvException e) {
            tags.add("refused");
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return tags;
    }
}
