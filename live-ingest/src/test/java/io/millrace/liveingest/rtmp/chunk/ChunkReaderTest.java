package io.millrace.liveingest.rtmp.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

class ChunkReaderTest {
    record Message(int type, long time, int msid, String body) {}

    private static final class Collected implements ChunkReader.Sink, AutoCloseable {
        final List<Message> messages = new ArrayList<>();
        final ChunkReader reader = new ChunkReader(ByteBufAllocator.DEFAULT, this);

        @Override
        public void message(int type, long time, int msid, ByteBuf payload)
                throws RtmpProtocolException {
            try {
                messages.add(new Message(type, time, msid, ByteBufUtil.hexDump(payload)));
                if (type == 1 && payload.readableBytes() >= 4) {
                    reader.maxChunkSize(payload.readInt());
                } else if (type == 2 && payload.readableBytes() >= 4) {
                    reader.abort(payload.readInt());
                }
            } finally {
                payload.release();
            }
        }

        Collected feed(byte[] wire, int from, int to) throws RtmpProtocolException {
            reader.read(Unpooled.wrappedBuffer(wire, from, to - from));
            return this;
        }

        @Override
        public void close() {
            reader.close();
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replaceAll("#[^\n]*", "").replaceAll("\\s", ""));
    }

    private static List<Message> decode(byte[] wire) throws RtmpProtocolException {
        try (var collected = new Collected()) {
            return collected.feed(wire, 0, wire.length).messages;
        }
    }

    @Test
    void readsSetChunkSizeHoweverTheBytesArrive() throws Exception {
        byte[] wire =
                hex(
                        """
                        02              # fmt 0, chunk stream 2
                        00 00 00        # timestamp
                        00 00 04  01  00 00 00 00    # message length, type 1, stream 0
                        00 00 10 00     # 4096 bytes
                        """);
        for (int split = 0; split <= wire.length; split++) {
            try (var collected = new Collected()) {
                collected.feed(wire, 0, split).feed(wire, split, wire.length);
                assertThat(collected.messages).containsExactly(new Message(1, 0, 0, "00001000"));
            }
        }
    }

    @Test
    void aFormatThreeHeaderThatStartsAMessageAddsTheLastField() throws Exception {
        byte[] wire =
                hex(
                        """
                        04  00 00 0a  00 00 01  08  01 00 00 00  aa
                        c4  bb          # fmt 3 after fmt 0: adds 10
                        84  00 00 14  cc  # fmt 2: adds 20
                        c4  dd          # and 20 again
                        """);
        assertThat(decode(wire)).extracting(Message::time).containsExactly(10L, 20L, 40L, 60L);
    }

    @Test
    void chunkSizeChangesInTheMiddleOfAnotherMessage() throws Exception {
        var wire = Unpooled.buffer();
        wire.writeBytes(hex("06 000000 000100 09 01000000"));
        wire.writeBytes(new byte[128]);
        wire.writeBytes(hex("02 000000 000004 01 00000000 00000040"));
        wire.writeBytes(hex("c6")).writeBytes(new byte[64]);
        wire.writeBytes(hex("c6")).writeBytes(new byte[64]);
        List<Message> messages = decode(ByteBufUtil.getBytes(wire));
        assertThat(messages).extracting(Message::type).containsExactly(1, 9);
        assertThat(messages.get(1).body()).hasSize(512);
        wire.release();
    }

    @Test
    void abortForgetsThePartialMessageAndKeepsTheHeader() throws Exception {
        var wire = Unpooled.buffer();
        wire.writeBytes(hex("06 000005 000100 09 01000000")).writeBytes(new byte[128]);
        wire.writeBytes(hex("02 000000 000004 02 00000000 00000006"));
        wire.writeBytes(hex("86 000003")).writeBytes(new byte[128]);
        wire.writeBytes(hex("c6")).writeBytes(new byte[128]);
        List<Message> messages = decode(ByteBufUtil.getBytes(wire));
        assertThat(messages).extracting(Message::type).containsExactly(2, 9);
        assertThat(messages.get(1).time()).isEqualTo(8);
        wire.release();
    }

    @Test
    void aNewMessageReplacesAnUnfinishedOne() throws Exception {
        var wire = Unpooled.buffer();
        wire.writeBytes(hex("06 000005 000100 09 01000000")).writeBytes(new byte[128]);
        wire.writeBytes(hex("06 000006 000001 09 01000000 77"));
        try (var collected = new Collected()) {
            collected.feed(wire.array(), 0, wire.readableBytes());
            assertThat(collected.messages).containsExactly(new Message(9, 6, 1, "77"));
            assertThat(collected.reader.abandonedMessages()).isEqualTo(1);
        }
    }

    /// Both readings of the specification, and payloads that begin like a timestamp.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void extendedTimestampsWithAndWithoutRepetition(boolean repeats) throws Exception {
        var encoder = new TestChunkEncoder(repeats);
        ByteBuf wire = Unpooled.buffer();
        ByteBuf body = Unpooled.buffer().writeZero(400);
        encoder.header(0, 4, 8, 0x0123_4567, 1, 400, wire);
        while (!encoder.payload(body, wire)) {
            encoder.continuation(4, wire);
        }
        byte[] bytes = ByteBufUtil.getBytes(wire);
        for (int split = 0; split <= bytes.length; split++) {
            try (var collected = new Collected()) {
                collected.feed(bytes, 0, split).feed(bytes, split, bytes.length);
                assertThat(collected.messages).hasSize(1);
                assertThat(collected.messages.getFirst().time()).isEqualTo(0x0123_4567L);
                assertThat(collected.messages.getFirst().body()).isEqualTo("00".repeat(400));
            }
        }
        wire.release();
        body.release();
    }

    @Test
    void anyMixOfStreamsHeadersSizesAndTimesComesBackAsItWas() throws Exception {
        for (int seed = 0; seed < 60; seed++) {
            roundTrip(new Random(seed));
        }
    }

    private static void roundTrip(Random random) throws RtmpProtocolException {
        var encoder = new TestChunkEncoder(random.nextBoolean());
        ByteBuf wire = Unpooled.buffer();
        List<Message> sent = new ArrayList<>();
        int[] ids = {3, 4, 63, 64, 319, 320, 4000};
        int[] times = new int[ids.length];
        record Open(int csid, ByteBuf rest, Message message) {}
        List<Open> open = new ArrayList<>();
        for (int step = 0; step < 120; step++) {
            if (!open.isEmpty() && random.nextInt(3) > 0) {
                Open next = open.get(random.nextInt(open.size()));
                encoder.continuation(next.csid(), wire);
                if (encoder.payload(next.rest(), wire)) {
                    open.remove(next);
                    sent.add(next.message());
                    next.rest().release();
                }
                continue;
            }
            if (open.isEmpty() && random.nextInt(10) == 0) {
                int size = 1 + random.nextInt(300);
                ByteBuf body = Unpooled.buffer().writeInt(size);
                encoder.header(0, 2, 1, 0, 0, 4, wire);
                // A chunk size below four cuts even this message.
                sent.add(new Message(1, 0, 0, ByteBufUtil.hexDump(body)));
                while (!encoder.payload(body, wire)) {
                    encoder.continuation(2, wire);
                }
                encoder.chunkSize = size;
                body.release();
                continue;
            }
            int at = random.nextInt(ids.length);
            if (open.stream().anyMatch(o -> o.csid() == ids[at])) {
                continue;
            }
            // No jump backwards, and now and then beyond 24 and 32 bits.
            times[at] +=
                    random.nextInt(8) == 0 ? random.nextInt() & 0x3FFF_FFFF : random.nextInt(60);
            byte[] bytes = new byte[random.nextInt(5) == 0 ? 0 : random.nextInt(900)];
            random.nextBytes(bytes);
            int type = random.nextBoolean() ? 8 : 9;
            encoder.header(random.nextInt(4), ids[at], type, times[at], 1, bytes.length, wire);
            var message =
                    new Message(type, times[at] & 0xFFFF_FFFFL, 1, HexFormat.of().formatHex(bytes));
            ByteBuf rest = Unpooled.wrappedBuffer(bytes);
            if (encoder.payload(rest, wire)) {
                sent.add(message);
                rest.release();
            } else {
                open.add(new Open(ids[at], rest, message));
            }
        }
        open.forEach(o -> o.rest().release());
        byte[] bytes = ByteBufUtil.getBytes(wire);
        wire.release();
        try (var whole = new Collected()) {
            assertThat(whole.feed(bytes, 0, bytes.length).messages).isEqualTo(sent);
        }
        try (var pieces = new Collected()) {
            for (int at = 0; at < bytes.length; ) {
                int end = Math.min(bytes.length, at + 1 + random.nextInt(40));
                pieces.feed(bytes, at, end);
                at = end;
            }
            assertThat(pieces.messages).isEqualTo(sent);
        }
    }

    @Test
    void whatOurWriterWritesOurReaderReads() throws Exception {
        var random = new Random(7);
        var writer = new ChunkWriter();
        ByteBuf wire = Unpooled.buffer();
        List<Message> sent = new ArrayList<>();
        try (var collected = new Collected()) {
            for (int i = 0; i < 300; i++) {
                byte[] bytes = new byte[random.nextInt(1000)];
                random.nextBytes(bytes);
                long time = random.nextLong() & 0xFFFF_FFFFL;
                int csid = 2 + random.nextInt(20);
                if (csid == 2) {
                    int size = 128 + random.nextInt(5000);
                    ByteBuf body = Unpooled.buffer().writeInt(size);
                    sent.add(new Message(1, 0, 0, ByteBufUtil.hexDump(body)));
                    writer.write(2, 1, 0, 0, body, wire);
                    writer.maxChunkSize(size);
                    body.release();
                } else {
                    sent.add(new Message(9, time, 1, HexFormat.of().formatHex(bytes)));
                    writer.write(csid, 9, time, 1, Unpooled.wrappedBuffer(bytes), wire);
                }
            }
            collected.reader.read(wire);
            assertThat(collected.messages).isEqualTo(sent);
        }
        wire.release();
    }

    /// Long messages in small chunks, with other chunk streams' chunks between them, cut anywhere:
    /// they are read many chunks at a time where they lie together.
    @Test
    void longMessagesInSmallChunksComeBackHoweverTheyAreCut() throws Exception {
        for (int seed = 0; seed < 40; seed++) {
            var random = new Random(seed);
            var encoder = new TestChunkEncoder(random.nextBoolean());
            ByteBuf wire = Unpooled.buffer();
            List<Message> sent = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                byte[] bytes = new byte[random.nextInt(6000)];
                // Payload that looks like a header must stay payload.
                Arrays.fill(bytes, (byte) 0xC6);
                ByteBuf body = Unpooled.wrappedBuffer(bytes);
                int time = seed % 4 == 0 ? 0x0100_0000 + i : i;
                encoder.header(1, 6, 9, time, 1, bytes.length, wire);
                while (!encoder.payload(body, wire)) {
                    if (random.nextInt(12) == 0) {
                        encoder.header(1, 4, 8, i, 1, 2, wire);
                        wire.writeShort(0xAF01);
                        sent.add(new Message(8, i, 1, "af01"));
                    }
                    encoder.continuation(6, wire);
                }
                sent.add(new Message(9, time, 1, HexFormat.of().formatHex(bytes)));
            }
            byte[] bytes = ByteBufUtil.getBytes(wire);
            try (var collected = new Collected()) {
                int from = 0;
                for (int to : random.ints(8, 0, bytes.length).sorted().toArray()) {
                    ByteBuf part = Unpooled.directBuffer().writeBytes(bytes, from, to - from);
                    collected.reader.read(part);
                    part.release();
                    from = to;
                }
                collected.feed(bytes, from, bytes.length);
                assertThat(collected.messages).isEqualTo(sent);
            }
            wire.release();
        }
    }

    @Test
    void refusesWhatBreaksTheProtocol() {
        assertThatThrownBy(() -> decode(hex("44 000000 000001 08 00")))
                .isInstanceOf(RtmpProtocolException.class)
                .hasMessageContaining("chunk stream 4 starts with fmt 1");
        assertThatThrownBy(() -> decode(hex("03 000000 010001 14 00000000")))
                .hasMessageContaining("message type 20 of 65537 bytes");
        assertThatThrownBy(() -> decode(hex("03 000000 ffffff 09 00000000")))
                .hasMessageContaining("message type 9 of 16777215 bytes");
        assertThatThrownBy(() -> decode(hex("02 000000 000004 01 00000000 00000000")))
                .hasMessageContaining("chunk size 0");
        var many = Unpooled.buffer();
        for (int csid = 3; csid < 3 + 33; csid++) {
            if (csid < 64) {
                many.writeByte(csid);
            } else {
                many.writeByte(0).writeByte(csid - 64);
            }
            many.writeBytes(hex("000000 000001 08 01000000 00"));
        }
        assertThatThrownBy(() -> decode(ByteBufUtil.getBytes(many)))
                .hasMessageContaining("more than 32 chunk streams");
        many.release();
    }

    @Test
    void announcedLengthsAloneAllocateLittleAndManyOfThemEndTheConnection() {
        var wire = Unpooled.buffer();
        for (int csid = 3; csid < 32; csid++) {
            // 8 MiB announced, one chunk sent.
            wire.writeByte(csid);
            wire.writeBytes(hex("000000 800000 09 01000000")).writeZero(128);
        }
        assertThat(29 * ChunkReader.FIRST_ALLOCATION).isLessThan(ChunkReader.MAX_PARTIAL_BYTES);
        try (var collected = new Collected()) {
            collected.reader.read(wire);
            assertThat(collected.messages).isEmpty();
        } catch (RtmpProtocolException e) {
            throw new AssertionError(e);
        } finally {
            wire.release();
        }
    }

    @Test
    void noInputMakesItLoopOverrunOrThrowAnythingUnchecked() {
        for (int seed = 0; seed < 800; seed++) {
            var random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(600)];
            random.nextBytes(bytes);
            if (random.nextBoolean() && bytes.length > 12) {
                // Often a plausible start.
                System.arraycopy(hex("03 000000 000064 14 00000000"), 0, bytes, 0, 12);
            }
            try {
                decode(bytes);
            } catch (RtmpProtocolException _) {
                // what it may do
            }
        }
    }
}
