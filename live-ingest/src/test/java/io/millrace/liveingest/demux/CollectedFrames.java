package io.millrace.liveingest.demux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.Adler32;

/// What a demuxer tells, one line each; frames with the checksum that ffmpeg's framecrc has.
final class CollectedFrames implements Demuxer.Output {
    final List<DemuxedTrack> tracks = new ArrayList<>();
    final List<String> frames = new ArrayList<>();

    @Override
    public void tracks(List<DemuxedTrack> told) {
        tracks.addAll(told);
    }

    @Override
    public void frame(
            DemuxedTrack track, long timeMs, int compositionMs, boolean keyFrame, ByteBuf data) {
        var sum = new Adler32();
        byte[] bytes = ByteBufUtil.getBytes(data);
        // framecrc starts at 0, Adler-32 at 1: the difference is the length, and 1.
        sum.update(bytes);
        long a = (sum.getValue() & 0xFFFF) - 1;
        long b = (sum.getValue() >> 16) - bytes.length;
        long crc = Math.floorMod(b, 65521L) << 16 | Math.floorMod(a, 65521L);
        frames.add(
                track.kind()
                        + " "
                        + timeMs
                        + "+"
                        + compositionMs
                        + (keyFrame ? " key " : " ")
                        + bytes.length
                        + " 0x"
                        + String.format("%08x", crc));
    }
}
