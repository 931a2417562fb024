package io.millrace.liveingest.rtmp.handshake;

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

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

class RtmpHandshakeTest {
    private static final byte[] PLAYER =
            "Genuine Adobe Flash Player 001".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SERVER =
            "Genuine Adobe Flash Media Server 001".getBytes(StandardCharsets.US_ASCII);

    private static byte[] client(boolean versioned) {
        byte[] wire = new byte[1 + 1536];
        new Random(1).nextBytes(wire);
        wire[0] = 3;
        Arrays.fill(wire, 1, 9, (byte) 0);
        if (versioned) {
            wire[5] = 9;
            wire[7] = 0x7c;
        }
        return wire;
    }

    private static int digestAt(byte[] packet, int block) {
        int sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += packet[block + i] & 0xFF;
        }
        return block + 4 + sum % 728;
    }

    private static byte[] answer(RtmpHandshake handshake, byte[] wire)
            throws RtmpProtocolException {
        ByteBuf answer = handshake.read(Unpooled.wrappedBuffer(wire), ByteBufAllocator.DEFAULT);
        assertThat(answer).isNotNull();
        byte[] bytes = ByteBufUtil.getBytes(answer);
        answer.release();
        return bytes;
    }

    @Test
    void simpleFormEchoesHoweverTheBytesArrive() throws Exception {
        byte[] wire = client(false);
        for (int split = 0; split <= wire.length; split += 97) {
            var handshake = new RtmpHandshake();
            byte[] all = Arrays.copyOf(wire, wire.length + 1536 + 5);
            ByteBuf first = Unpooled.wrappedBuffer(all, 0, split);
            ByteBuf second = Unpooled.wrappedBuffer(all, split, all.length - split);
            ByteBuf answer = handshake.read(first, ByteBufAllocator.DEFAULT);
            assertThat(answer).isNull();
            answer = handshake.read(second, ByteBufAllocator.DEFAULT);
            assertThat(answer).isNotNull();
            assertThat(answer.readableBytes()).isEqualTo(3073);
            assertThat(answer.getByte(0)).isEqualTo((byte) 3);
            assertThat(ByteBufUtil.getBytes(answer, 1 + 1536, 1536))
                    .isEqualTo(Arrays.copyOfRange(wire, 1, 1537));
            answer.release();
            assertThat(handshake.isDone()).isTrue();
            assertThat(handshake.isDigest()).isFalse();
            assertThat(second.readableBytes()).isEqualTo(5); // the first chunk's
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 772})
    void digestFormIsAnsweredWithADigestInTheSameLayout(int block) throws Exception {
        byte[] wire = client(true);
        byte[] c1 = Arrays.copyOfRange(wire, 1, 1537);
        int at = digestAt(c1, block);
        byte[] digest = DigestHandshake.packetDigest(c1, at, PLAYER);
        System.arraycopy(digest, 0, wire, 1 + at, 32);
        var handshake = new RtmpHandshake();
        byte[] answer = answer(handshake, wire);
        assertThat(handshake.isDigest()).isTrue();
        byte[] s1 = Arrays.copyOfRange(answer, 1, 1537);
        int serverAt = digestAt(s1, block);
        assertThat(Arrays.copyOfRange(s1, serverAt, serverAt + 32))
                .isEqualTo(DigestHandshake.packetDigest(s1, serverAt, SERVER));
    }

    @Test
    void aWrongDigestMeansTheSimpleForm() throws Exception {
        var handshake = new RtmpHandshake();
        byte[] wire = client(true);
        byte[] answer = answer(handshake, wire);
        assertThat(handshake.isDigest()).isFalse();
        assertThat(Arrays.copyOfRange(answer, 1537, 3073))
                .isEqualTo(Arrays.copyOfRange(wire, 1, 1537));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x16, 'G', 'P', 6, 8, 9, 0, 255})
    void refusesWhatIsNotRtmp(int first) {
        var handshake = new RtmpHandshake();
        assertThatThrownBy(
                        () ->
                                handshake.read(
                                        Unpooled.wrappedBuffer(new byte[] {(byte) first}),
                                        ByteBufAllocator.DEFAULT))
                .isInstanceOf(RtmpProtocolException.class);
    }
}
