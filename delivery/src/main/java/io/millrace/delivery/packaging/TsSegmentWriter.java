package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.mpegts.AnnexB;
import io.millrace.delivery.mpegts.TsMuxer;
import io.millrace.delivery.mpegts.TsPacketizer;
import io.millrace.delivery.mpegts.TsStream;
import io.millrace.delivery.mpegts.TsTables;
import io.netty.buffer.ByteBuf;

import java.nio.ByteBuffer;

/// Muxes one segment's samples, already read, into transport packets.
///
/// Order: PAT, PMT, then pictures by decode time, each preceded by the audio that starts no later.
/// Pictures get a delimiter, the parameter sets on sync samples, and start codes for lengths, which
/// are rewritten in the scratch bytes. Allocates two columns of times and one audio buffer a
/// segment; nothing per packet or sample. One thread.
final class TsSegmentWriter {
    private final TsRendition rendition;
    private final int segment;
    private final SegmentScratch scratch;
    private final TsPacketizer packetizer;
    private ByteBuffer audioPes = ByteBuffer.allocate(0);

    TsSegmentWriter(TsRendition rendition, int segment, SegmentScratch scratch) {
        this.rendition = rendition;
        this.segment = segment;
        this.scratch = scratch;
        this.packetizer = new TsPacketizer(ByteBuffer.allocate(0), 0);
    }

    /// Appends the segment to `out`, which has room for it.
    void write(ByteBuf out) throws UnsupportedMediaException {
        int size = (int) rendition.sizeBytes(segment);
        packetizer.target(out.nioBuffer(out.writerIndex(), size), 0);
        TsTables tables = rendition.tables;
        packetizer.table(tables.pat(), segment);
        packetizer.table(tables.pmt(), segment);
        if (rendition.video == null) {
            writeAudioUntil(Long.MAX_VALUE);
        } else {
            writeVideo();
        }
        if (packetizer.position() != size) {
            throw new IllegalStateException(
                    "segment: " + packetizer.position() + " bytes (expected: " + size + ")");
        }
        out.writerIndex(out.writerIndex() + size);
    }

    private void writeVideo() throws UnsupportedMediaException {
        PlannedTrack video = rendition.video;
        TsStream stream = rendition.videoStream;
        if (video == null || stream == null) {
            return;
        }
        Track track = video.track();
        SampleTable samples = track.samples();
        int first = video.first(segment);
        int end = video.end(segment);
        long[] times = new long[end - first];
        samples.decodeTimes(first, end, times);
        ByteBuffer bytes = scratch.bytes();
        byte[] delimiter = stream.delimiter();
        int continuity = rendition.videoContinuity(segment);
        for (int i = first; i < end; i++) {
            long decode = times[i - first] + track.presentationShift();
            long dts = TsRendition.tsTime(track, decode);
            long pts = TsRendition.tsTime(track, decode + samples.compositionOffset(i));
            writeAudioUntil(dts);
            int start = scratch.position(0, i - first);
            int length = samples.size(i);
            boolean sync = samples.isSync(i);
            if (stream.nalLengthSize() != 4) {
                continuity = writeExpanded(stream, start, length, pts, dts, sync, continuity);
                continue;
            }
            int from = AnnexB.rewrite(bytes, start, start + length, delimiter);
            packetizer.beginPes(stream.streamId(), 0, pts, dts);
            if (track.startsWithDelimiter()) {
                // The one in the sample is replaced; a sample without keeps its size by going
                // without.
                if (from > start) {
                    packetizer.prepend(delimiter);
                }
            } else {
                packetizer.prepend(delimiter);
                from = start;
            }
            if (sync) {
                packetizer.prepend(stream.parameterSets());
            }
            continuity =
                    packetizer.writePes(
                            TsTables.FIRST_PID,
                            bytes,
                            from,
                            start + length - from,
                            TsMuxer.clock(dts),
                            sync,
                            continuity);
        }
        writeAudioUntil(Long.MAX_VALUE);
    }

    /// A picture whose lengths are shorter than start codes: it does not fit where it lies.
    private int writeExpanded(
            TsStream stream,
            int start,
            int length,
            long pts,
            long dts,
            boolean sync,
            int continuity)
            throws UnsupportedMediaException {
        int size = AnnexB.size(stream.nalLengthSize(), length);
        ByteBuffer expanded = ByteBuffer.allocate(size);
        AnnexB.expand(
                scratch.bytes(),
                start,
                start + length,
                stream.nalLengthSize(),
                stream.delimiter(),
                expanded);
        packetizer.beginPes(stream.streamId(), 0, pts, dts);
        packetizer.prepend(stream.delimiter());
        if (sync) {
            packetizer.prepend(stream.parameterSets());
        }
        return packetizer.writePes(
                TsTables.FIRST_PID, expanded, 0, size, TsMuxer.clock(dts), sync, continuity);
    }

    private int nextAudio = -1;
    private int audioContinuity;

    /// Writes the audio packets that start at or before `time`.
    private void writeAudioUntil(long time) {
        PlannedTrack audio = rendition.audio;
        TsStream stream = rendition.audioStream;
        if (audio == null || stream == null) {
            return;
        }
        if (nextAudio < 0) {
            nextAudio = audio.first(segment);
            audioContinuity = rendition.audioContinuity(segment);
        }
        Track track = audio.track();
        int end = audio.end(segment);
        while (nextAudio < end) {
            long pts = TsRendition.tsTime(track, track.presentationTime(nextAudio));
            if (pts > time) {
                return;
            }
            int to = rendition.audioGroupEnd(nextAudio, end);
            writeAudio(audio, stream, nextAudio, to, pts);
            nextAudio = to;
        }
    }

    private void writeAudio(PlannedTrack audio, TsStream stream, int from, int to, long pts) {
        SampleTable samples = audio.track().samples();
        int trackColumn = rendition.video == null ? 0 : 1;
        int total = rendition.audioGroupBytes(from, to);
        if (audioPes.capacity() < total) {
            audioPes = ByteBuffer.allocate(Math.max(8192, total));
        }
        byte[] adts = stream.adts();
        int at = 0;
        for (int i = from; i < to; i++) {
            int size = samples.size(i);
            if (adts != null) {
                TsMuxer.putAdts(audioPes, at, adts, size);
                at += adts.length;
            }
            audioPes.put(
                    at,
                    scratch.bytes(),
                    scratch.position(trackColumn, i - audio.first(segment)),
                    size);
            at += size;
        }
        boolean clock = rendition.video == null;
        packetizer.beginPes(stream.streamId(), total, pts, pts);
        audioContinuity =
                packetizer.writePes(
                        TsTables.FIRST_PID + trackColumn,
                        audioPes,
                        0,
                        total,
                        clock ? TsMuxer.clock(pts) : -1,
                        true,
                        audioContinuity);
    }
}
