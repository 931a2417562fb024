package io.millrace.delivery.decode;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.FragmentTrack;
import io.millrace.delivery.packaging.FragmentWriter;
import io.millrace.delivery.packaging.InitSegmentWriter;
import io.millrace.delivery.packaging.InitTrack;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A little MP4 of a few samples of a stored track, for a decoder to read from a pipe: an init
/// segment and one fragment, written by our own writers. Of the stored file it has the codec's
/// configuration and the samples, nothing else: none of its boxes reaches the decoder's demuxer.
///
/// @param pieces of the file, in order
/// @param shownTime when the last sample is shown, in the movie's ticks
public record SampleMovie(List<byte[]> pieces, long shownTime) {
    /// Of one picture, of all pictures of a sheet, of a stretch of sound.
    static final int MAX_BYTES = 64 << 20;

    /// Samples that lie closer together are read at once.
    private static final int MAX_HOLE = 32 << 10;

    private static final int MAX_READ = 4 << 20;

    /// The pictures of a sheet follow each other like this.
    private static final int SHEET_TIMESCALE = 25;

    /// A run of pictures with their own times.
    ///
    /// @param shown the last one of the run, and the one whose time is told
    public static SampleMovie ofRun(
            Track track, int firstSample, int shown, BlobReader source, long fileSizeBytes)
            throws IOException, MediaException {
        int[] samples = run(firstSample, shown + 1);
        SampleTable table = track.samples();
        long lowest = Long.MAX_VALUE;
        for (int sample : samples) {
            lowest = Math.min(lowest, table.compositionOffset(sample));
        }
        var fragment = new FragmentTrack(1, 0);
        for (int sample : samples) {
            fragment.add(
                    table.size(sample),
                    table.duration(sample),
                    (int) Math.min(Integer.MAX_VALUE, table.compositionOffset(sample) - lowest),
                    table.isSync(sample));
        }
        long shownTime =
                table.decodeTime(shown)
                        - table.decodeTime(firstSample)
                        + table.compositionOffset(shown)
                        - lowest;
        return of(track, track.timescale(), fragment, samples, shownTime, source, fileSizeBytes);
    }

    /// A run of sound, whose first sample is at 0.
    ///
    /// @param timescale on which its samples last as long as a decoder makes of them
    public static SampleMovie ofSound(
            Track track, int timescale, int from, int to, BlobReader source, long fileSizeBytes)
            throws IOException, MediaException {
        var fragment = new FragmentTrack(1, 0);
        SampleTable table = track.samples();
        for (int sample = from; sample < to; sample++) {
            fragment.add(table.size(sample), table.duration(sample), 0, true);
        }
        return of(track, timescale, fragment, run(from, to), 0, source, fileSizeBytes);
    }

    private static int[] run(int from, int to) {
        int[] samples = new int[to - from];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = from + i;
        }
        return samples;
    }

    /// Key frames, one after the other; the same one may come again.
    public static SampleMovie ofKeys(
            Track track, int[] samples, BlobReader source, long fileSizeBytes)
            throws IOException, MediaException {
        var fragment = new FragmentTrack(1, 0);
        for (int sample : samples) {
            fragment.add(track.samples().size(sample), 1, 0, true);
        }
        return of(
                track,
                SHEET_TIMESCALE,
                fragment,
                samples,
                samples.length - 1L,
                source,
                fileSizeBytes);
    }

    private static SampleMovie of(
            Track track,
            int timescale,
            FragmentTrack fragment,
            int[] samples,
            long shown,
            BlobReader source,
            long fileSizeBytes)
            throws IOException, MediaException {
        if (fragment.payloadBytes() > MAX_BYTES) {
            throw new UnsupportedMediaException(
                    "it needs "
                            + fragment.payloadBytes()
                            + " bytes of media (expected: at most "
                            + MAX_BYTES
                            + ")");
        }
        var pieces = new ArrayList<byte[]>(2 + samples.length);
        pieces.add(
                InitSegmentWriter.write(
                        List.of(
                                new InitTrack(
                                        1,
                                        track.kind(),
                                        timescale,
                                        "und",
                                        track.displayWidth(),
                                        track.displayHeight(),
                                        track.sampleEntry(),
                                        0))));
        ByteBuf header = Unpooled.buffer(FragmentWriter.headerSize(fragment));
        FragmentWriter.writeHeader(header, 1, fragment);
        pieces.add(ByteBufUtil.getBytes(header));
        read(track.samples(), samples, source, fileSizeBytes, pieces);
        return new SampleMovie(pieces, shown);
    }

    private static void read(
            SampleTable table,
            int[] samples,
            BlobReader source,
            long fileSizeBytes,
            List<byte[]> pieces)
            throws IOException, MalformedMediaException {
        int at = 0;
        while (at < samples.length) {
            if (at > 0 && samples[at] == samples[at - 1]) {
                pieces.add(pieces.getLast());
                at++;
                continue;
            }
            long start = table.offset(samples[at]);
            long end = end(table, samples[at], fileSizeBytes);
            int next = at + 1;
            while (next < samples.length) {
                long offset = table.offset(samples[next]);
                long nextEnd = end(table, samples[next], fileSizeBytes);
                if (offset < end || offset - end > MAX_HOLE || nextEnd - start > MAX_READ) {
                    break;
                }
                end = nextEnd;
                next++;
            }
            byte[] run = new byte[(int) (end - start)];
            readFully(source, ByteBuffer.wrap(run), start);
            for (int i = at; i < next; i++) {
                int from = (int) (table.offset(samples[i]) - start);
                int size = table.size(samples[i]);
                pieces.add(
                        size == run.length
                                ? run
                                : java.util.Arrays.copyOfRange(run, from, from + size));
            }
            at = next;
        }
    }

    private static long end(SampleTable table, int sample, long fileSizeBytes)
            throws MalformedMediaException {
        long offset = table.offset(sample);
        long end = offset + table.size(sample);
        if (offset < 0 || table.size(sample) < 0 || end > fileSizeBytes) {
            throw new MalformedMediaException(
                    "the file is truncated: sample "
                            + (sample + 1)
                            + " ends at byte "
                            + end
                            + " of "
                            + fileSizeBytes);
        }
        return end;
    }

    private static void readFully(BlobReader source, ByteBuffer target, long offset)
            throws IOException {
        long at = offset;
        while (target.hasRemaining()) {
            int read = source.read(target, at);
            if (read < 0) {
                throw new EOFException(source.info().key() + " ends at byte " + at);
            }
            at += read;
        }
    }
}
