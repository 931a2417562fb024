package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.SampleAesCipher;
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
import java.util.ArrayList;
import java.util.List;

/// Encrypts one segment's samples, already read, and muxes them into transport packets.
///
/// Samples are encrypted first, all of them; then it is known how many emulation prevention bytes
/// each picture needs and how many packets that makes. Continuity counters start where the clear
/// rendition's do, so that segments made in any order still join: where pictures took more packets
/// than in the clear, the last picture is spread over so many more that the surplus is a multiple
/// of 16. That is rare, a segment in a hundred or fewer.
///
/// Order and packets are otherwise {@link TsPieces}'s. One thread, one segment.
final class SampleAesSegmentWriter {
    private static final int COUNTERS = 16;
    private static final int ADTS_HEADER = 7;

    private final TsRendition rendition;
    private final int segment;
    private final SegmentScratch scratch;
    private final SampleAesCipher cipher;
    private final TsPacketizer packetizer;
    private final TsTables tables;
    private final int audioColumn;

    /// Emulation prevention bytes of each picture.
    private final int[] grown;

    /// Where each picture starts in the scratch.
    private final int[] position;

    private int surplusPackets;
    private int spreadPackets;
    private final AudioPes audioPes = new AudioPes();
    private ByteBuffer escaped = ByteBuffer.allocate(0);

    SampleAesSegmentWriter(
            TsRendition rendition, int segment, SegmentScratch scratch, SampleAesCipher cipher)
            throws UnsupportedMediaException {
        this.rendition = rendition;
        this.segment = segment;
        this.scratch = scratch;
        this.cipher = cipher;
        this.packetizer = new TsPacketizer(ByteBuffer.allocate(0), 0);
        PlannedTrack video = rendition.video;
        int pictures = video == null ? 0 : video.end(segment) - video.first(segment);
        this.grown = new int[pictures];
        this.position = new int[pictures];
        this.audioColumn = video == null ? 0 : 1;
        List<TsStream> streams = new ArrayList<>(2);
        if (video != null && rendition.videoStream != null) {
            streams.add(SampleAesStreams.of(rendition.videoStream, video.track(), new byte[0]));
        }
        PlannedTrack audio = rendition.audio;
        if (audio != null && rendition.audioStream != null) {
            streams.add(
                    SampleAesStreams.of(
                            rendition.audioStream, audio.track(), firstFrame(audio, scratch)));
        }
        this.tables = TsTables.of(streams);
    }

    private byte[] firstFrame(PlannedTrack audio, SegmentScratch from) {
        if (audio.isEmpty(segment)) {
            return new byte[0];
        }
        byte[] frame = new byte[Math.min(16, audio.track().samples().size(audio.first(segment)))];
        from.bytes().get(from.position(audioColumn, 0), frame);
        return frame;
    }

    /// Encrypts all samples where they lie; to be called once, before anything else.
    void encrypt() throws UnsupportedMediaException {
        ByteBuffer bytes = scratch.bytes();
        PlannedTrack video = rendition.video;
        if (video != null && rendition.videoStream != null) {
            Track track = video.track();
            SampleTable samples = track.samples();
            int first = video.first(segment);
            for (int i = 0; i < grown.length; i++) {
                position[i] = scratch.position(0, i);
                int size = samples.size(first + i);
                grown[i] = cipher.encryptAvc(bytes, position[i], position[i] + size);
                if (grown[i] > 0) {
                    surplusPackets += surplus(track, rendition.videoStream, first + i, grown[i]);
                }
            }
            spreadPackets = (COUNTERS - surplusPackets % COUNTERS) % COUNTERS;
        }
        PlannedTrack audio = rendition.audio;
        if (audio != null) {
            encryptAudio(audio, bytes);
        }
    }

    private static int surplus(Track track, TsStream stream, int sample, int grownBytes) {
        SampleTable samples = track.samples();
        boolean sync = samples.isSync(sample);
        long decode = track.shiftedDecodeTime(sample);
        boolean withDts =
                TsRendition.tsTime(track, decode)
                        != TsRendition.tsTime(track, decode + samples.compositionOffset(sample));
        int pes = TsRendition.videoHead(track, stream, withDts, sync) + samples.size(sample);
        return TsPacketizer.packets(pes + grownBytes, true, sync)
                - TsPacketizer.packets(pes, true, sync);
    }

    private void encryptAudio(PlannedTrack audio, ByteBuffer bytes)
            throws UnsupportedMediaException {
        SampleTable samples = audio.track().samples();
        // A program config element that goes with the ADTS header is the frame's first bytes.
        TsStream stream = rendition.audioStream;
        byte[] adts = stream == null ? null : stream.adts();
        int clear = SampleAesCipher.AUDIO_CLEAR - (adts == null ? 0 : adts.length - ADTS_HEADER);
        if (clear < 0) {
            throw new UnsupportedMediaException(
                    "the audio's channel layout has no SAMPLE-AES form (expected: fMP4)");
        }
        boolean enhanced = audio.track().codec().codecs().equals("ec-3");
        int first = audio.first(segment);
        for (int i = first; i < audio.end(segment); i++) {
            int at = scratch.position(audioColumn, i - first);
            if (enhanced) {
                cipher.encryptEac3(bytes, at, samples.size(i));
            } else {
                cipher.encryptAudioFrame(bytes, at, samples.size(i), clear);
            }
        }
        scratch.rewind();
    }

    int sizeBytes() {
        return Math.toIntExact(
                rendition.sizeBytes(segment)
                        + (long) (surplusPackets + spreadPackets) * TsPacketizer.PACKET);
    }

    /// Appends the segment to `out`, which has room for {@link #sizeBytes}.
    void write(ByteBuf out) {
        int size = sizeBytes();
        packetizer.target(out.nioBuffer(out.writerIndex(), size), 0);
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

    private void writeVideo() {
        PlannedTrack video = rendition.video;
        TsStream stream = rendition.videoStream;
        if (video == null || stream == null) {
            return;
        }
        Track track = video.track();
        SampleTable samples = track.samples();
        int first = video.first(segment);
        int continuity = rendition.videoContinuity(segment);
        byte[] delimiter = stream.delimiter();
        for (int i = 0; i < grown.length; i++) {
            int sample = first + i;
            long decode = track.shiftedDecodeTime(sample);
            long dts = TsRendition.tsTime(track, decode);
            long pts = TsRendition.tsTime(track, decode + samples.compositionOffset(sample));
            writeAudioUntil(dts);
            ByteBuffer bytes = scratch.bytes();
            int start = position[i];
            int length = samples.size(sample);
            if (grown[i] > 0) {
                bytes = escape(start, length, grown[i]);
                start = 0;
                length += grown[i];
            }
            int from = AnnexB.rewrite(bytes, start, start + length, delimiter);
            boolean sync = samples.isSync(sample);
            packetizer.beginPes(stream.streamId(), 0, pts, dts);
            if (track.startsWithDelimiter()) {
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
            packetizer.spread(i == grown.length - 1 ? spreadPackets : 0);
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

    private ByteBuffer escape(int start, int length, int grownBytes) {
        if (escaped.capacity() < length + grownBytes) {
            escaped = ByteBuffer.allocate(length + grownBytes);
        }
        escaped.clear();
        SampleAesCipher.escape(scratch.bytes(), start, start + length, escaped);
        return escaped;
    }

    private int nextAudio = -1;
    private int audioContinuity;

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
        int first = audio.first(segment);
        audioPes.begin(rendition.audioGroupBytes(from, to));
        for (int i = from; i < to; i++) {
            int at = scratch.position(audioColumn, i - first);
            audioPes.add(stream, scratch.bytes(), at, samples.size(i));
        }
        audioContinuity = audioPes.write(packetizer, rendition, stream, pts, audioContinuity);
    }
}
