package io.millrace.delivery.packaging;

import io.millrace.delivery.media.LanguageTag;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.webvtt.TtmlWriter;
import io.millrace.delivery.webvtt.WebVttWriter;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Subtitles cut at a set's cuts: WebVTT for HLS, TTML documents alone or in fragments for DASH.
///
/// Times in all of them are those of the media: of MPEG-TS behind its base, of fMP4 from 0.
public final class TextSegment {
    /// Of text tracks in fMP4: milliseconds, as all subtitle formats count.
    public static final int TIMESCALE = Timescale.MILLISECONDS;

    private static final int TRACK_ID = 1;

    private TextSegment() {}

    /// When segment `k` starts in milliseconds; of the plan's count, when all ends.
    public static long startMs(SegmentPlan plan, int k) {
        return Timescale.rescale(plan.cut(k), plan.timescale(), TIMESCALE);
    }

    /// @param format of the media segments that play beside it
    public static String webVtt(MediaSet set, TextPick text, int segment, SegmentFormat format) {
        return WebVttWriter.segment(
                text.text(),
                startMs(set.plan(), segment),
                startMs(set.plan(), segment + 1),
                0,
                format == SegmentFormat.TS ? PlannedTrack.TS_BASE : 0);
    }

    public static String ttml(MediaSet set, TextPick text, int segment) {
        String tag = LanguageTag.bcp47(text.language());
        return TtmlWriter.write(
                text.text(),
                startMs(set.plan(), segment),
                startMs(set.plan(), segment + 1),
                0,
                tag == null ? "" : tag);
    }

    public static byte[] init(TextPick text) {
        return InitSegmentWriter.writeText(TRACK_ID, TIMESCALE, text.language());
    }

    /// The TTML document as a fragment of one sample.
    public static MediaSegment fragment(MediaSet set, TextPick text, int segment) {
        byte[] document = ttml(set, text, segment).getBytes(StandardCharsets.UTF_8);
        long start = startMs(set.plan(), segment);
        FragmentTrack track = new FragmentTrack(TRACK_ID, start);
        track.add(document.length, (int) (startMs(set.plan(), segment + 1) - start), 0, true);
        ByteBuf out =
                Unpooled.buffer(
                        FragmentWriter.SEGMENT_TYPE_SIZE
                                + FragmentWriter.headerSize(track)
                                + document.length);
        FragmentWriter.writeSegmentType(out);
        FragmentWriter.writeHeader(out, segment + 1L, track);
        out.writeBytes(document);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        out.release();
        return new Whole(bytes);
    }

    /// A segment that is made already.
    private record Whole(byte[] bytes) implements MediaSegment {
        @Override
        public long sizeBytes() {
            return bytes.length;
        }

        @Override
        public boolean readsSources() {
            return false;
        }

        @Override
        public SegmentBody write(ByteBufAllocator allocator, List<? extends BlobReader> sources) {
            return SegmentBody.of(allocator.directBuffer(bytes.length).writeBytes(bytes));
        }
    }
}
