package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.cea.CaptionChannels;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;
import io.millrace.storage.blob.BlobReader;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads what is in an MP4 or MOV file, plain or fragmented, `moov` first or last.
///
/// A fragmented file may still grow: a fragment counts once its `mdat` is whole, so that an index
/// never speaks of what is not there. Read again when there is more, it says the same of what was
/// there before.
///
/// Blocks on the file: call it on a virtual thread. Reads box headers, `moov` and each `moof`, and
/// a few bytes of the first pictures; never the media.
public final class MediaIndexReader {
    public static final long MAX_MOOV_BYTES = 64L << 20;
    private static final long MAX_MOOF_BYTES = 16L << 20;
    private static final int MAX_TRACKS = 64;

    /// `moof`s in a row, whose samples follow in one `mdat`.
    private static final int MAX_WAITING = 64;

    /// No time may be further than this from 0: then no product of a time and a timescale
    /// overflows.
    private static final long MAX_SECONDS = 1L << 31;

    private static final int MOOV = FourCc.of("moov");
    private static final int MOOF = FourCc.of("moof");
    private static final int MDAT = FourCc.of("mdat");
    private static final int TRAK = FourCc.of("trak");

    /// A `moof` whose samples are still to come.
    private record Fragment(BoxReader moof, long offset) {}

    private final BlobReader file;
    private final Map<Integer, TrackBuilder> tracks = new LinkedHashMap<>();
    private @Nullable UnsupportedMediaException skipped;
    private final SampleBudget budget;
    private boolean fragmented;

    private MediaIndexReader(BlobReader file) {
        this.file = file;
        this.budget = new SampleBudget(file.info().sizeBytes());
    }

    /// @param file borrowed
    /// @throws MediaException when it is no MP4, is damaged, or has nothing we serve
    /// @throws IOException when it cannot be read
    public static MediaIndex read(BlobReader file) throws IOException, MediaException {
        return new MediaIndexReader(file).read();
    }

    private MediaIndex read() throws IOException, MediaException {
        FileBoxes boxes = new FileBoxes(file);
        boolean moovSeen = false;
        boolean first = true;
        List<Fragment> waiting = new ArrayList<>(1);
        while (boxes.next()) {
            if (first && !FourCc.isName(boxes.type())) {
                throw new MalformedMediaException(
                        FourCc.name(boxes.type()),
                        0,
                        "not an MP4 or MOV file: it does not start with a box");
            }
            first = false;
            if (boxes.type() == MOOV && !moovSeen) {
                moovSeen = true;
                readMovie(CompressedMovie.inflate(boxes.read(MAX_MOOV_BYTES)));
                if (!fragmented) {
                    break;
                }
            } else if (boxes.type() == MOOF && moovSeen && fragmented) {
                if (!boxes.isWhole()) {
                    break; // still being written, or torn
                }
                if (waiting.size() == MAX_WAITING) {
                    throw new UnsupportedMediaException(
                            "moof", boxes.offset(), "more than " + MAX_WAITING + " before an mdat");
                }
                waiting.add(new Fragment(boxes.read(MAX_MOOF_BYTES), boxes.offset()));
            } else if (boxes.type() == MDAT && !waiting.isEmpty()) {
                if (!boxes.isWhole()) {
                    break; // its samples are not all there yet
                }
                for (Fragment fragment : waiting) {
                    FragmentReader.read(fragment.moof(), fragment.offset(), tracks, budget);
                }
                waiting.clear();
            }
        }
        if (!moovSeen) {
            throw new MalformedMediaException(
                    "moov",
                    file.info().sizeBytes(),
                    "the file ends without one: it is truncated, or no MP4 or MOV file");
        }
        return index();
    }

    private void readMovie(BoxReader moov) throws MediaException {
        BoxReader mvhd = moov.require("mvhd");
        int version = mvhd.u8();
        mvhd.skip(3 + (version == 1 ? 16 : 8));
        int movieTimescale = mvhd.i32();
        if (movieTimescale <= 0) {
            throw new MalformedMediaException(
                    mvhd.path(), mvhd.offset() - 4, "timescale " + movieTimescale);
        }
        int seen = 0;
        for (BoxReader box = moov.next(); box != null; box = moov.next()) {
            if (box.type() != TRAK) {
                continue;
            }
            if (++seen > MAX_TRACKS) {
                throw new UnsupportedMediaException(
                        box.path(), box.offset(), "more than " + MAX_TRACKS + " tracks");
            }
            try {
                TrackBuilder track = TrackBuilder.read(box, movieTimescale, budget);
                if (track != null && tracks.putIfAbsent(track.id, track) != null) {
                    throw new MalformedMediaException(
                            box.path(), box.offset(), "track_ID " + track.id + " twice");
                }
            } catch (UnsupportedMediaException e) {
                skipped = e; // The others may play.
            }
        }
        BoxReader mvex = moov.child("mvex");
        if (mvex != null) {
            boolean plain = false;
            for (TrackBuilder track : tracks.values()) {
                plain |= track.hasPlainSamples();
            }
            fragmented = !plain;
            FragmentReader.readDefaults(mvex, tracks);
        }
    }

    private MediaIndex index() throws IOException, MediaException {
        long size = file.info().sizeBytes();
        Map<TrackBuilder, SampleTable> tables = new LinkedHashMap<>();
        for (TrackBuilder track : tracks.values()) {
            SampleTable table = track.samples();
            if (table.count() > 0) {
                long furthest = Math.max(table.endTime(), Math.abs(track.shift()));
                if (furthest / track.timescale() > MAX_SECONDS) {
                    throw new MalformedMediaException(
                            "track "
                                    + track.id
                                    + " lasts "
                                    + furthest / track.timescale()
                                    + " s (expected: at most "
                                    + MAX_SECONDS
                                    + ")");
                }
                tables.put(track, table);
            }
        }
        long wholeSeconds = fragmented ? wholeSecondsBefore(tables) : 0;
        Map<TrackKind, Integer> numbers = new EnumMap<>(TrackKind.class);
        List<Track> built = new ArrayList<>();
        for (Map.Entry<TrackBuilder, SampleTable> entry : tables.entrySet()) {
            TrackBuilder track = entry.getKey();
            int number = numbers.merge(track.kind, 1, Integer::sum);
            built.add(
                    track.build(
                            number,
                            entry.getValue(),
                            -wholeSeconds * track.timescale(),
                            startsWithDelimiter(track, entry.getValue(), size)));
        }
        if (built.isEmpty()) {
            if (skipped != null) {
                throw skipped;
            }
            throw new UnsupportedMediaException("no audio or video track with samples");
        }
        return new MediaIndex(built, size, fragmented, null, captions(built));
    }

    private CaptionChannels captions(List<Track> built) throws IOException {
        for (Track track : built) {
            if (track.isVideo()) {
                return CaptionProbe.look(file, track);
            }
        }
        return CaptionChannels.NONE;
    }

    /// A recording may start anywhere on its clock. The whole seconds that all tracks wait are
    /// taken off: exact in every timescale, so that nothing moves against anything else.
    private static long wholeSecondsBefore(Map<TrackBuilder, SampleTable> tables) {
        long seconds = Long.MAX_VALUE;
        for (Map.Entry<TrackBuilder, SampleTable> entry : tables.entrySet()) {
            long start = entry.getValue().decodeTime(0) + entry.getKey().shift();
            seconds = Math.min(seconds, Math.max(0, start) / entry.getKey().timescale());
        }
        return seconds == Long.MAX_VALUE ? 0 : seconds;
    }

    /// Whether a picture's sample opens with an access unit delimiter; decided once, by the first.
    private boolean startsWithDelimiter(TrackBuilder track, SampleTable table, long fileSize)
            throws IOException {
        if (track.nalLengthSize() != 4 || table.size(0) < 6) {
            return false;
        }
        long offset = table.offset(0);
        if (offset < 0 || offset > fileSize - 5) {
            return false;
        }
        ByteBuffer head = ByteBuffer.allocate(5);
        while (head.hasRemaining()) {
            if (file.read(head, offset + head.position()) < 0) {
                return false;
            }
        }
        int header = head.get(4);
        return track.codec() instanceof io.millrace.delivery.codec.avc.AvcConfig
                ? head.getInt(0) == 2 && (header & 0x1F) == 9
                : head.getInt(0) == 3 && (header >> 1 & 0x3F) == 35;
    }
}
