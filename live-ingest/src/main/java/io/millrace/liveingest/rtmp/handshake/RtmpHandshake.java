package io.millrace.liveingest.rtmp.handshake;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.ThreadLocalRandom;

/// The server's side of the handshake (RTMP 1.0 §5.2): C0 C1 in, S0 S1 S2 out, C2 in.
///
/// A C1 whose version field is not zero may carry a digest and is answered with one; a digest that
/// does not check means the simple form, never a refusal. C2 is read and not looked at: real
/// clients get it wrong. Its connection's event loop only.
public final class RtmpHandshake {
    public static final int VERSION = 3;
    private static final int PACKET = DigestHandshake.PACKET_BYTES;

    private enum State {
        C0_C1,
        C2,
        DONE
    }

    private State state = State.C0_C1;
    private final byte[] c1 = new byte[PACKET];
    private int filled = -1;
    private boolean digest;

    /// Reads what of the handshake is in `in` and leaves the first chunk's bytes there. Borrows it.
    ///
    /// @return an answer to send, whose reference is the caller's, or null when there is none (yet)
    /// @throws RtmpProtocolException when this is not RTMP, or RTMPE
    public @Nullable ByteBuf read(ByteBuf in, ByteBufAllocator allocator)
            throws RtmpProtocolException {
        ByteBuf answer = null;
        if (state == State.C0_C1) {
            if (filled < 0 && in.isReadable()) {
                checkVersion(in.readUnsignedByte());
                filled = 0;
            }
            if (filled >= 0) {
                fill(in);
                if (filled == PACKET) {
                    answer = answer(allocator);
                    filled = 0;
                    state = State.C2;
                }
            }
        }
        if (state == State.C2) {
            fill(in);
            if (filled == PACKET) {
                state = State.DONE;
            }
        }
        return answer;
    }

    public boolean isDone() {
        return state == State.DONE;
    }

    /// Whether the client used the digest form; known once the answer was made.
    public boolean isDigest() {
        return digest;
    }

    private void fill(ByteBuf in) {
        int bytes = Math.min(PACKET - filled, in.readableBytes());
        in.readBytes(c1, filled, bytes);
        filled += bytes;
    }

    private static void checkVersion(int version) throws RtmpProtocolException {
        switch (version) {
            case VERSION -> {}
            case 6, 8, 9 ->
                    throw new RtmpProtocolException(
                            "RTMPE (version " + version + ") is not supported; use RTMPS");
            case 0x16 -> throw new RtmpProtocolException("TLS on the plain RTMP port");
            case 'G', 'P', 'H', 'O', 'D', 'C' ->
                    throw new RtmpProtocolException("looks like HTTP on the RTMP port");
            default -> throw new RtmpProtocolException("handshake version " + version);
        }
    }

    private ByteBuf answer(ByteBufAllocator allocator) {
        byte[] s1 = new byte[PACKET];
        ThreadLocalRandom.current().nextBytes(s1);
        putInt(s1, 0, (int) (System.nanoTime() / 1_000_000));
        putInt(s1, 4, 0);
        byte[] s2 = c1.clone();
        boolean versioned = (c1[4] | c1[5] | c1[6] | c1[7]) != 0;
        DigestHandshake.ClientDigest client = versioned ? DigestHandshake.find(c1) : null;
        if (client != null) {
            digest = true;
            putInt(s1, 4, 0x04050001);
            DigestHandshake.sign(s1, client.block());
            ThreadLocalRandom.current().nextBytes(s2);
            DigestHandshake.answer(s2, client.digest());
        }
        ByteBuf out = allocator.buffer(1 + 2 * PACKET);
        out.writeByte(VERSION);
        out.writeBytes(s1);
        out.writeBytes(s2);
        return out;
    }

    private static void putInt(byte[] target, int at, int value) {
        target[at] = (byte) (value >>> 24);
        target[at + 1] = (byte) (value >>> 16);
        target[at + 2] = (byte) (value >>> 8);
        target[at + 3] = (byte) value;
    }
}
