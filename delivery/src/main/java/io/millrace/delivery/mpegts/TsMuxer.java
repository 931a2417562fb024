package io.millrace.delivery.mpegts;

import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;
import java.util.List;

/// A transport stream written as its access units come: what live packaging feeds. It carries the
/// continuity counters over segments.
///
/// Timestamps are in 90 kHz ticks of a timeline that the caller keeps (33 bits are written, so it
/// may grow for ever). One thread at a time.
public final class TsMuxer {
    /// How far the clock runs behind the decode time it is sent with: time to fill the decoder.
    public static final int PCR_LEAD = 4_500;

    private static final int ADTS_MAX_FRAME = (1 << 13) - 1;

    private final List<TsStream> streams;
    private final byte[] pat = Psi.pat();
    private final byte[] pmt;
    private final int[] continuity;
    private final TsPacketizer packetizer = new TsPacketizer(ByteBuffer.allocate(0), 0);
    private int tableContinuity;
    private final boolean[] rounding;

    /// @param streams in PMT order; the first carries the PCR, so video where there is video
    public TsMuxer(List<TsStream> streams) {
        this.streams = List.copyOf(streams);
        for (TsStream stream : streams) {
            if (stream.video() && stream.nalLengthSize() != 4) {
                throw new IllegalArgumentException(
                        "nalLengthSize: " + stream.nalLengthSize() + " (expected: 4)");
            }
        }
        this.pmt = Psi.pmt(streams);
        this.continuity = new int[streams.size()];
        this.rounding = new boolean[streams.size()];
    }

    /// Where the tables' counter goes on: a segment's number, where segments are made apart from
    /// each other.
    public void tableContinuity(int counter) {
        tableContinuity = counter;
    }

    /// Has the next PES packet of a stream bring its counter to 0, by stuffing. Segments that all
    /// end so may be made in any order, each by a muxer of its own, and still count on.
    public void round(int stream) {
        rounding[stream] = true;
    }

    /// Appends PAT and PMT: what each segment starts with.
    public void writeTables(ByteBuf out) {
        ByteBuffer target = room(out, 2 * TsPacketizer.PACKET);
        packetizer.table(pat, tableContinuity);
        packetizer.table(pmt, tableContinuity++);
        wrote(out, target);
    }

    /// Appends one picture.
    ///
    /// @param accessUnit readable bytes are NAL units, each behind a four-byte length, which become
    ///   start codes; borrowed, its bytes are not changed. A delimiter in it is dropped: one is
    ///   always written.
    public void writeVideo(
            ByteBuf out, int stream, ByteBuf accessUnit, long pts, long dts, boolean sync) {
        TsStream video = streams.get(stream);
        ByteBuffer copy = ByteBuffer.allocate(accessUnit.readableBytes());
        accessUnit.getBytes(accessUnit.readerIndex(), copy);
        int start = AnnexB.rewrite(copy, 0, copy.capacity(), video.delimiter());
        int length = copy.capacity() - start;
        int head = video.delimiter().length + (sync ? video.parameterSets().length : 0);
        int pes = TsPacketizer.pesHeaderSize(pts != dts) + head + length;
        int more = roundingPackets(stream, pes, sync);
        ByteBuffer target = room(out, pesRoom(pes, stream == 0, sync) + more * TsPacketizer.PACKET);
        packetizer.beginPes(video.streamId(), 0, pts, dts);
        packetizer.prepend(video.delimiter());
        if (sync) {
            packetizer.prepend(video.parameterSets());
        }
        continuity[stream] =
                packetizer.writePes(
                        Psi.FIRST_PID + stream,
                        copy,
                        start,
                        length,
                        stream == 0 ? clock(dts) : -1,
                        sync,
                        continuity[stream]);
        wrote(out, target);
    }

    /// Appends audio frames as one PES packet: a few (up to 0.1 to 0.3 s) waste less than one.
    ///
    /// @param frames raw frames one after the other, without ADTS headers; borrowed
    /// @param sizes bytes of each
    /// @param pts of the first
    public void writeAudio(
            ByteBuf out, int stream, ByteBuf frames, int[] sizes, int count, long pts) {
        TsStream audio = streams.get(stream);
        byte[] adts = audio.adts();
        int header = adts == null ? 0 : adts.length;
        int total = 0;
        for (int i = 0; i < count; i++) {
            total += header + sizes[i];
        }
        ByteBuffer payload = ByteBuffer.allocate(total);
        int from = frames.readerIndex();
        for (int i = 0; i < count; i++) {
            if (adts != null) {
                putAdts(payload, payload.position(), adts, sizes[i]);
                payload.position(payload.position() + header);
            }
            payload.limit(payload.position() + sizes[i]);
            frames.getBytes(from, payload);
            payload.limit(total);
            from += sizes[i];
        }
        int pes = TsPacketizer.pesHeaderSize(false) + total;
        int more = roundingPackets(stream, pes, true);
        ByteBuffer target = room(out, pesRoom(pes, stream == 0, true) + more * TsPacketizer.PACKET);
        packetizer.beginPes(audio.streamId(), total, pts, pts);
        continuity[stream] =
                packetizer.writePes(
                        Psi.FIRST_PID + stream,
                        payload,
                        0,
                        total,
                        stream == 0 ? clock(pts) : -1,
                        true,
                        continuity[stream]);
        wrote(out, target);
    }

    /// Writes what stands before an AAC frame at an absolute position, `template.length` bytes.
    ///
    /// @param template {@link TsStream#adts}
    /// @param frameBytes of the frame after it
    public static void putAdts(ByteBuffer out, int at, byte[] template, int frameBytes) {
        int length = Math.min(ADTS_MAX_FRAME, frameBytes + template.length);
        out.put(at, template, 0, template.length);
        out.put(at + 3, (byte) (template[3] | length >> 11));
        out.put(at + 4, (byte) (length >> 3));
        out.put(at + 5, (byte) (length << 5 | template[5]));
    }

    /// The PCR that goes with a decode time.
    public static long clock(long dts) {
        return Math.floorMod(dts - PCR_LEAD, 1L << 33);
    }

    /// Packets that a PES packet takes beyond what it needs; the packetizer is told.
    private int roundingPackets(int stream, int pesBytes, boolean randomAccess) {
        if (!rounding[stream]) {
            return 0;
        }
        rounding[stream] = false;
        int needed = TsPacketizer.packets(pesBytes, stream == 0, randomAccess);
        int more = Math.floorMod(-(continuity[stream] + needed), 16);
        packetizer.spread(more);
        return more;
    }

    private static int pesRoom(int pesBytes, boolean pcr, boolean randomAccess) {
        return TsPacketizer.packets(pesBytes, pcr, randomAccess) * TsPacketizer.PACKET;
    }

    private ByteBuffer room(ByteBuf out, int bytes) {
        out.ensureWritable(bytes);
        ByteBuffer target = out.nioBuffer(out.writerIndex(), bytes);
        packetizer.target(target, 0);
        return target;
    }

    private void wrote(ByteBuf out, ByteBuffer target) {
        assert packetizer.position() == target.capacity()
                || packetizer.position() <= target.limit();
        out.writerIndex(out.writerIndex() + packetizer.position());
    }
}
