package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.mpegts.AnnexB;
import io.millrace.delivery.mpegts.TsMuxer;
import io.millrace.delivery.mpegts.TsPacketizer;
import io.millrace.delivery.mpegts.TsStream;
import io.millrace.delivery.mpegts.TsTables;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/// Muxes one segment piece by piece: reads a piece's samples into a scratch buffer and cuts them
/// into transport packets.
///
/// Order: PAT, PMT, then pictures by decode time, each preceded by the audio that starts no later.
/// Pictures get a delimiter, the parameter sets on sync samples, and start codes for lengths, which
/// are rewritten in the scratch bytes. Pieces end between PES packets. Allocates a few columns of
/// the segment's or a piece's length; nothing per packet or sample.
final class TsPieces implements SegmentPieces {
    /// Event loops keep a scratch up to this; what needs more gets one of its own.
    static final int MAX_LOOP_SCRATCH = 2 << 20;

    private static final int NONE = 0;

    private final TsRendition rendition;
    private final int segment;
    private final SourceRuns runs;
    private final List<? extends BlobReader> sources;
    private final ByteBufAllocator allocator;
    private final TsPacketizer packetizer = new TsPacketizer(ByteBuffer.allocate(0), 0);
    private final PieceReads reads = new PieceReads();
    private final int videoFirst;
    private final int videoEnd;
    private final int audioFirst;
    private final int audioEnd;
    private final int audioColumn;

    /// Of the segment's pictures, in 90 kHz ticks.
    private final long[] decodeTimes;

    private final long[] presentationTimes;

    /// Written up to here...
    private int video;

    private int audio;
    private boolean begun;
    private long bytesMade;
    private int videoContinuity;
    private int audioContinuity;

    /// ...and with the piece decided on, up to here.
    private int videoTo;

    private int audioTo;
    private int pieceBytes;

    /// Where the piece's samples are in the scratch buffer, and its scratch's size.
    private int[] videoAt = new int[32];

    private int[] audioAt = new int[32];

    private final AudioPes audioPes = new AudioPes();

    TsPieces(
            TsRendition rendition,
            int segment,
            SourceRuns runs,
            List<? extends BlobReader> sources,
            ByteBufAllocator allocator) {
        this.rendition = rendition;
        this.segment = segment;
        this.runs = runs;
        this.sources = sources;
        this.allocator = allocator;
        PlannedTrack pictures = rendition.video;
        PlannedTrack sound = rendition.audio;
        videoFirst = pictures == null ? NONE : pictures.first(segment);
        videoEnd = pictures == null ? NONE : pictures.end(segment);
        audioFirst = sound == null ? NONE : sound.first(segment);
        audioEnd = sound == null ? NONE : sound.end(segment);
        audioColumn = pictures == null ? 0 : 1;
        video = videoFirst;
        videoTo = videoFirst;
        audio = audioFirst;
        audioTo = audioFirst;
        videoContinuity = rendition.videoContinuity(segment);
        audioContinuity = rendition.audioContinuity(segment);
        decodeTimes = new long[videoEnd - videoFirst];
        presentationTimes = new long[videoEnd - videoFirst];
        if (pictures != null) {
            times(pictures.track());
        }
    }

    private void times(Track track) {
        SampleTable samples = track.samples();
        samples.decodeTimes(videoFirst, videoEnd, decodeTimes);
        for (int i = 0; i < decodeTimes.length; i++) {
            long decode = decodeTimes[i] + track.presentationShift();
            decodeTimes[i] = TsRendition.tsTime(track, decode);
            presentationTimes[i] =
                    TsRendition.tsTime(track, decode + samples.compositionOffset(videoFirst + i));
        }
    }

    // --- deciding -----------------------------------------------------------------------------

    @Override
    public int next(int wantedBytes) {
        if (pieceBytes > 0) {
            throw new IllegalStateException("piece: decided on and not made");
        }
        int bytes = begun ? 0 : 2 * TsPacketizer.PACKET;
        boolean any = false;
        while (true) {
            int pes;
            int audioGroupEnd = NONE;
            boolean isAudio = isAudioNext(videoTo, audioTo);
            if (isAudio) {
                audioGroupEnd = rendition.audioGroupEnd(audioTo, audioEnd);
                pes = rendition.audioGroupPackets(audioTo, audioGroupEnd);
            } else if (videoTo < videoEnd) {
                pes = videoPackets(videoTo);
            } else {
                break;
            }
            pes *= TsPacketizer.PACKET;
            if (any && bytes + pes > wantedBytes) {
                break;
            }
            any = true;
            bytes += pes;
            if (isAudio) {
                audioTo = audioGroupEnd;
            } else {
                videoTo++;
            }
        }
        pieceBytes = bytes;
        if (bytes == 0 && bytesMade != rendition.sizeBytes(segment)) {
            throw new IllegalStateException(
                    "segment: "
                            + bytesMade
                            + " bytes (expected: "
                            + rendition.sizeBytes(segment)
                            + ")");
        }
        return bytes;
    }

    private boolean isAudioNext(int picture, int frame) {
        if (frame == audioEnd) {
            return false;
        }
        return picture == videoEnd || audioTime(frame) <= decodeTimes[picture - videoFirst];
    }

    private long audioTime(int frame) {
        PlannedTrack sound = rendition.audio;
        if (sound == null) {
            throw new IllegalStateException("rendition: no audio");
        }
        Track track = sound.track();
        return TsRendition.tsTime(track, track.presentationTime(frame));
    }

    private int videoPackets(int picture) {
        int i = picture - videoFirst;
        return rendition.videoPackets(picture, decodeTimes[i] != presentationTimes[i]);
    }

    // --- making -------------------------------------------------------------------------------

    @Override
    public boolean make(ByteBuf target, boolean residentOnly)
            throws IOException, UnsupportedMediaException {
        place();
        if (residentOnly && reads.bytes() <= MAX_LOOP_SCRATCH) {
            return make(target, PieceScratch.ofLoop(), true);
        }
        try (PieceScratch scratch = PieceScratch.of(allocator)) {
            return make(target, scratch, residentOnly);
        }
    }

    /// Appends all pieces that are left.
    void makeAll(ByteBuf target, int pieceSize) throws IOException, UnsupportedMediaException {
        try (PieceScratch scratch = PieceScratch.of(allocator)) {
            while (next(pieceSize) > 0) {
                place();
                make(target, scratch, false);
            }
        }
    }

    private void place() {
        reads.clear();
        PlannedTrack pictures = rendition.video;
        if (pictures != null) {
            videoAt = grown(videoAt, videoTo - video);
            place(pictures, 0, video, videoTo, videoAt);
        }
        PlannedTrack sound = rendition.audio;
        if (sound != null) {
            reads.nextTrack();
            audioAt = grown(audioAt, audioTo - audio);
            place(sound, audioColumn, audio, audioTo, audioAt);
        }
    }

    private static int[] grown(int[] column, int size) {
        return column.length >= size
                ? column
                : Arrays.copyOf(column, Math.max(size, 2 * column.length));
    }

    private void place(PlannedTrack track, int column, int from, int to, int[] at) {
        SampleTable samples = track.track().samples();
        long[] offsets = runs.offsets[column];
        int file = track.pick().file();
        int first = track.first(segment);
        for (int i = from; i < to; i++) {
            at[i - from] = reads.place(file, offsets[i - first], samples.size(i));
        }
    }

    private boolean make(ByteBuf target, PieceScratch scratch, boolean residentOnly)
            throws IOException, UnsupportedMediaException {
        ByteBuffer bytes = scratch.bytes(reads.bytes());
        if (!reads.read(sources, bytes, residentOnly)) {
            return false;
        }
        target.ensureWritable(pieceBytes);
        packetizer.target(target.nioBuffer(target.writerIndex(), pieceBytes), 0);
        write(bytes);
        target.writerIndex(target.writerIndex() + pieceBytes);
        bytesMade += pieceBytes;
        pieceBytes = 0;
        return true;
    }

    private void write(ByteBuffer bytes) throws UnsupportedMediaException {
        if (!begun) {
            begun = true;
            TsTables tables = rendition.tables;
            packetizer.table(tables.pat(), segment);
            packetizer.table(tables.pmt(), segment);
        }
        int firstPicture = video;
        int firstFrame = audio;
        while (video < videoTo || audio < audioTo) {
            if (isAudioNext(video, audio)) {
                int to = rendition.audioGroupEnd(audio, audioEnd);
                writeAudio(bytes, firstFrame, to);
                audio = to;
            } else {
                writePicture(bytes, videoAt[video - firstPicture]);
                video++;
            }
        }
        if (packetizer.position() != pieceBytes) {
            throw new IllegalStateException(
                    "piece: " + packetizer.position() + " bytes (expected: " + pieceBytes + ")");
        }
    }

    private void writePicture(ByteBuffer bytes, int start) throws UnsupportedMediaException {
        PlannedTrack pictures = rendition.video;
        TsStream stream = rendition.videoStream;
        if (pictures == null || stream == null) {
            throw new IllegalStateException("rendition: no video");
        }
        Track track = pictures.track();
        long dts = decodeTimes[video - videoFirst];
        long pts = presentationTimes[video - videoFirst];
        int length = track.samples().size(video);
        boolean sync = track.samples().isSync(video);
        ByteBuffer payload = bytes;
        int from = start;
        int payloadBytes = length;
        packetizer.beginPes(stream.streamId(), 0, pts, dts);
        if (stream.nalLengthSize() != 4) {
            // Lengths shorter than start codes: the picture does not fit where it lies.
            payload = expanded(bytes, stream, start, length);
            from = 0;
            payloadBytes = payload.capacity();
            packetizer.prepend(stream.delimiter());
        } else {
            from = AnnexB.rewrite(bytes, start, start + length, stream.delimiter());
            if (track.startsWithDelimiter()) {
                // The one in the sample is replaced; a sample without keeps its size by going
                // without.
                if (from > start) {
                    packetizer.prepend(stream.delimiter());
                }
            } else {
                packetizer.prepend(stream.delimiter());
                from = start;
            }
            payloadBytes = start + length - from;
        }
        if (sync) {
            packetizer.prepend(stream.parameterSets());
        }
        videoContinuity =
                packetizer.writePes(
                        TsTables.FIRST_PID,
                        payload,
                        from,
                        payloadBytes,
                        TsMuxer.clock(dts),
                        sync,
                        videoContinuity);
    }

    private static ByteBuffer expanded(ByteBuffer bytes, TsStream stream, int start, int length)
            throws UnsupportedMediaException {
        ByteBuffer expanded = ByteBuffer.allocate(AnnexB.size(stream.nalLengthSize(), length));
        AnnexB.expand(
                bytes, start, start + length, stream.nalLengthSize(), stream.delimiter(), expanded);
        return expanded;
    }

    private void writeAudio(ByteBuffer bytes, int firstFrame, int to) {
        PlannedTrack sound = rendition.audio;
        TsStream stream = rendition.audioStream;
        if (sound == null || stream == null) {
            throw new IllegalStateException("rendition: no audio");
        }
        SampleTable samples = sound.track().samples();
        long pts = audioTime(audio);
        audioPes.begin(rendition.audioGroupBytes(audio, to));
        for (int i = audio; i < to; i++) {
            audioPes.add(stream, bytes, audioAt[i - firstFrame], samples.size(i));
        }
        audioContinuity = audioPes.write(packetizer, rendition, stream, pts, audioContinuity);
    }
}
