package io.millrace.delivery.mpegts;

import java.nio.ByteBuffer;

/// Cuts PES packets into 188-byte transport packets, straight into a buffer that the caller sized.
///
/// A PES packet is a head (PES header and what is put before the access unit) and a payload that is
/// copied once from where it lies. Nothing is allocated per packet or PES packet. One thread at a
/// time.
public final class TsPacketizer {
    public static final int PACKET = 188;
    private static final int PAYLOAD = 184;

    /// Adaptation field with a PCR and its length byte.
    private static final int PCR_FIELD = 8;

    /// Adaptation field with flags only and its length byte.
    private static final int FLAGS_FIELD = 2;

    private static final long CLOCK_MASK = (1L << 33) - 1;
    private static final int FILL_BYTES = 256;
    private static final byte[] FILL = fill();

    private ByteBuffer out;
    private int at;
    private final byte[] head = new byte[MAX_HEAD];
    private int headLength;
    private int spread;

    /// Longest PES header with delimiter and parameter sets.
    public static final int MAX_HEAD = 4096;

    /// @param out borrowed until the next {@link #target}; written by absolute position
    public TsPacketizer(ByteBuffer out, int position) {
        this.out = out;
        this.at = position;
    }

    public void target(ByteBuffer newOut, int position) {
        out = newOut;
        at = position;
    }

    /// Where the next packet goes.
    public int position() {
        return at;
    }

    /// Copies a ready packet (PAT, PMT) with its continuity counter set.
    public void table(byte[] packet, int continuity) {
        out.put(at, packet, 0, PACKET);
        out.put(at + 3, (byte) (0x10 | continuity & 0xF));
        at += PACKET;
    }

    /// Packets that a PES packet of these sizes becomes.
    public static int packets(int pesBytes, boolean withPcr, boolean randomAccess) {
        int first = PAYLOAD - (withPcr ? PCR_FIELD : randomAccess ? FLAGS_FIELD : 0);
        return pesBytes <= first ? 1 : 1 + (pesBytes - first + PAYLOAD - 1) / PAYLOAD;
    }

    /// Length of a PES header with these timestamps.
    public static int pesHeaderSize(boolean withDts) {
        return withDts ? 19 : 14;
    }

    /// Starts a PES packet's head with the PES header.
    ///
    /// @param payloadBytes everything after the PES header, or 0 for "not said" (video only)
    /// @param dts written when it differs from `pts`
    public void beginPes(int streamId, int payloadBytes, long pts, long dts) {
        boolean withDts = pts != dts;
        int optional = withDts ? 10 : 5;
        int length = payloadBytes == 0 ? 0 : payloadBytes + 3 + optional;
        byte[] h = head;
        h[0] = 0;
        h[1] = 0;
        h[2] = 1;
        h[3] = (byte) streamId;
        h[4] = (byte) (length >> 8);
        h[5] = (byte) length;
        h[6] = (byte) 0x84; // data_alignment_indicator
        h[7] = (byte) (withDts ? 0xC0 : 0x80);
        h[8] = (byte) optional;
        timestamp(9, withDts ? 3 : 2, pts & CLOCK_MASK);
        if (withDts) {
            timestamp(14, 1, dts & CLOCK_MASK);
        }
        headLength = 9 + optional;
    }

    /// Puts bytes before the payload.
    public void prepend(byte[] bytes) {
        System.arraycopy(bytes, 0, head, headLength, bytes.length);
        headLength += bytes.length;
    }

    /// Has the next PES packet take so many packets more than it needs, by stuffing.
    public void spread(int morePackets) {
        spread = morePackets;
    }

    private void timestamp(int position, int marker, long value) {
        head[position] = (byte) (marker << 4 | (int) (value >> 29) & 0xE | 1);
        head[position + 1] = (byte) (value >> 22);
        head[position + 2] = (byte) ((int) (value >> 14) & 0xFE | 1);
        head[position + 3] = (byte) (value >> 7);
        head[position + 4] = (byte) ((int) (value << 1) & 0xFE | 1);
    }

    /// Writes the PES packet begun with {@link #beginPes}.
    ///
    /// @param payload read by absolute position
    /// @param pcr program clock in 90 kHz ticks, or -1 for none on this packet
    /// @param continuity counter of the first packet; the rest count on
    /// @return counter for the next packet of the PID
    public int writePes(
            int pid,
            ByteBuffer payload,
            int payloadStart,
            int payloadBytes,
            long pcr,
            boolean randomAccess,
            int continuity) {
        ByteBuffer target = out;
        int position = at;
        int counter = continuity;
        int headAt = 0;
        int payloadAt = payloadStart;
        int left = headLength + payloadBytes;
        boolean first = true;
        int packetsLeft = 0;
        if (spread > 0) {
            packetsLeft = packets(left, pcr >= 0, randomAccess) + spread;
            spread = 0;
        }
        do {
            int field = first ? pcr >= 0 ? PCR_FIELD : randomAccess ? FLAGS_FIELD : 0 : 0;
            int room = PAYLOAD - field;
            int take = Math.min(room, left);
            if (packetsLeft > 0) {
                // A byte is enough for a packet to count: so many are left for the others.
                take = Math.min(take, left - --packetsLeft);
            }
            int stuffing = room - take;
            target.putInt(
                    position,
                    0x47000000
                            | (first ? 0x400000 : 0)
                            | pid << 8
                            | (field + stuffing > 0 ? 0x30 : 0x10)
                            | counter & 0xF);
            counter++;
            int write = position + 4;
            if (field + stuffing > 0) {
                write = adaptation(target, write, field, stuffing, pcr, randomAccess);
            }
            if (headAt < headLength) {
                int fromHead = Math.min(take, headLength - headAt);
                target.put(write, head, headAt, fromHead);
                headAt += fromHead;
                write += fromHead;
                left -= fromHead;
                take -= fromHead;
            }
            if (take > 0) {
                target.put(write, payload, payloadAt, take);
                payloadAt += take;
                left -= take;
            }
            position += PACKET;
            first = false;
            if (packetsLeft == 0 && headAt == headLength && left >= PAYLOAD) {
                int full = left / PAYLOAD;
                position = fullPackets(target, position, pid, payload, payloadAt, full, counter);
                counter += full;
                payloadAt += full * PAYLOAD;
                left -= full * PAYLOAD;
            }
        } while (left > 0);
        at = position;
        return counter & 0xF;
    }

    /// Packets of nothing but payload: nearly all. A loop of its own, which compiles well.
    ///
    /// @return where the next packet goes
    private static int fullPackets(
            ByteBuffer target,
            int start,
            int pid,
            ByteBuffer payload,
            int payloadStart,
            int count,
            int continuity) {
        int header = 0x47000010 | pid << 8;
        int position = start;
        int from = payloadStart;
        for (int i = 0; i < count; i++) {
            target.putInt(position, header | continuity + i & 0xF);
            target.put(position + 4, payload, from, PAYLOAD);
            position += PACKET;
            from += PAYLOAD;
        }
        return position;
    }

    private static int adaptation(
            ByteBuffer target, int start, int field, int stuffing, long pcr, boolean randomAccess) {
        int total = field + stuffing;
        target.put(start, (byte) (total - 1));
        if (total == 1) {
            return start + 1;
        }
        int write = start + 2;
        if (field == PCR_FIELD) {
            target.put(start + 1, (byte) (randomAccess ? 0x50 : 0x10));
            long base = pcr & CLOCK_MASK;
            target.putInt(write, (int) (base >> 1));
            target.putShort(write + 4, (short) ((base & 1) << 15 | 0x7E00)); // extension 0
            write += 6;
        } else {
            target.put(start + 1, (byte) (randomAccess && field > 0 ? 0x40 : 0));
        }
        int end = start + total;
        while (write < end) {
            int fill = Math.min(FILL_BYTES, end - write);
            target.put(write, FILL, 0, fill);
            write += fill;
        }
        return end;
    }

    private static byte[] fill() {
        byte[] fill = new byte[FILL_BYTES];
        java.util.Arrays.fill(fill, (byte) 0xFF);
        return fill;
    }
}
