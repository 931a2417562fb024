package io.millrace.delivery.packaging;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.FourCc;
import io.millrace.delivery.media.Track;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A rendition as one fMP4 file, for byte-range HLS and DASH's on-demand profile:
///
///     init segment
///     sidx              one reference per segment
///     segment ...       styp moof mdat, those in which the rendition has a sample
///
/// The file does not exist: its layout follows from the sample tables, and a range of it is made of
/// the segments it touches. Immutable, thread-safe.
public final class SingleFile implements MediaSegment {
    private static final int SIDX_FIXED = 40;
    private static final int SIDX_ENTRY = 12;

    /// 31 bits, `sidx`'s largest reference.
    private static final long MAX_REFERENCE = 0x7FFF_FFFFL;

    private static final int MAX_REFERENCES = 0xFFFF;

    private final MediaSet set;
    private final Rendition rendition;
    private final byte[] head;
    private final int initBytes;

    /// Where segment k starts; of the plan's count, the file's size.
    private final long[] offsets;

    private SingleFile(
            MediaSet set, Rendition rendition, byte[] head, int initBytes, long[] offsets) {
        this.set = set;
        this.rendition = rendition;
        this.head = head;
        this.initBytes = initBytes;
        this.offsets = offsets;
    }

    /// @throws UnsupportedMediaException when it has more segments than a `sidx` can list
    public static SingleFile of(MediaSet set, Rendition rendition)
            throws UnsupportedMediaException {
        long[] sizes = set.fragmentSizes(rendition);
        byte[] init = InitSegment.write(set, rendition);
        int references = 0;
        for (int k = 0; k < sizes.length; k++) {
            references += set.isEmpty(rendition, k) ? 0 : 1;
        }
        if (references > MAX_REFERENCES) {
            throw new UnsupportedMediaException(
                    references
                            + " segments (expected: at most "
                            + MAX_REFERENCES
                            + " in one file)");
        }
        byte[] head = Arrays.copyOf(init, init.length + SIDX_FIXED + SIDX_ENTRY * references);
        ByteBuf sidx = Unpooled.wrappedBuffer(head).writerIndex(init.length);
        writeIndex(sidx, set, rendition, sizes, references);
        long[] offsets = new long[sizes.length + 1];
        offsets[0] = head.length;
        for (int k = 0; k < sizes.length; k++) {
            offsets[k + 1] = offsets[k] + (set.isEmpty(rendition, k) ? 0 : sizes[k]);
        }
        return new SingleFile(set, rendition, head, init.length, offsets);
    }

    /// `sidx`, ISO/IEC 14496-12 §8.16.3, version 1.
    private static void writeIndex(
            ByteBuf out, MediaSet set, Rendition rendition, long[] sizes, int references) {
        TrackPick pick = rendition.picks().getFirst();
        Track track = pick.track();
        SegmentTimes times = SegmentTimes.of(set.planned(pick));
        out.writeInt(SIDX_FIXED + SIDX_ENTRY * references);
        out.writeInt(FourCc.of("sidx"));
        out.writeInt(1 << 24);
        out.writeInt(
                track.isVideo()
                        ? FragmentedSegment.VIDEO_TRACK_ID
                        : FragmentedSegment.AUDIO_TRACK_ID);
        out.writeInt(track.timescale());
        out.writeLong(times.start(times.firstSegment()));
        out.writeLong(0); // the first reference follows at once
        out.writeShort(0);
        out.writeShort(references);
        for (int k = 0; k < sizes.length; k++) {
            if (!set.isEmpty(rendition, k)) {
                out.writeInt((int) Math.min(MAX_REFERENCE, sizes[k]));
                out.writeInt((int) times.duration(k));
                out.writeInt(0x9000_0000); // starts with a SAP of type 1
            }
        }
    }

    /// Length of the init segment, at the start of the file.
    public int initBytes() {
        return initBytes;
    }

    /// Where the `sidx` ends, which follows the init segment.
    public int headBytes() {
        return head.length;
    }

    public long segmentOffset(int segment) {
        return offsets[segment];
    }

    /// 0 for a segment without samples.
    public long segmentBytes(int segment) {
        return offsets[segment + 1] - offsets[segment];
    }

    @Override
    public long sizeBytes() {
        return offsets[offsets.length - 1];
    }

    @Override
    public boolean readsSources() {
        return false;
    }

    @Override
    public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources)
            throws MediaException {
        return slice(allocator, 0, sizeBytes());
    }

    /// A range of the file; makes no more than the segments it touches.
    ///
    /// @throws MalformedMediaException when a touched segment's samples lie past a source's end
    public SegmentBody slice(ByteBufAllocator allocator, long offset, long length)
            throws MalformedMediaException {
        List<SegmentBody.Part> parts = new ArrayList<>();
        boolean done = false;
        try {
            long end = offset + length;
            if (offset < head.length) {
                int from = (int) offset;
                int to = (int) Math.min(head.length, end);
                parts.add(
                        new SegmentBody.Made(
                                allocator
                                        .directBuffer(to - from)
                                        .writeBytes(head, from, to - from)));
            }
            for (int k = firstTouched(offset); k < offsets.length - 1 && offsets[k] < end; k++) {
                if (segmentBytes(k) > 0 && offsets[k + 1] > offset) {
                    addSegment(parts, allocator, k, offset - offsets[k], end - offsets[k]);
                }
            }
            done = true;
            return new SegmentBody(parts, length);
        } finally {
            if (!done) {
                new SegmentBody(parts, length).release();
            }
        }
    }

    private int firstTouched(long offset) {
        int at = Arrays.binarySearch(offsets, offset);
        return at >= 0 ? firstOfEqual(at) : Math.max(0, -at - 2);
    }

    private int firstOfEqual(int at) {
        int first = at;
        while (first > 0 && offsets[first - 1] == offsets[at]) {
            first--;
        }
        return first;
    }

    /// Adds what of segment `k` lies in `[from, to)` of it.
    private void addSegment(
            List<SegmentBody.Part> parts, ByteBufAllocator allocator, int k, long from, long to)
            throws MalformedMediaException {
        SegmentBody body = FragmentedSegment.of(set, rendition, k).write(allocator, List.of());
        long position = 0;
        for (SegmentBody.Part part : body.parts()) {
            long start = Math.max(from, position) - position;
            long end = Math.min(to, position + part.sizeBytes()) - position;
            position += part.sizeBytes();
            switch (part) {
                case SegmentBody.Made(ByteBuf bytes) -> {
                    if (start < end) {
                        parts.add(
                                new SegmentBody.Made(
                                        bytes.skipBytes((int) start)
                                                .writerIndex(
                                                        bytes.readerIndex()
                                                                + (int) (end - start))));
                    } else {
                        bytes.release();
                    }
                }
                case SegmentBody.FileRange(int source, long offset, long _) -> {
                    if (start < end) {
                        parts.add(new SegmentBody.FileRange(source, offset + start, end - start));
                    }
                }
            }
        }
    }
}
