package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.BitSet;

/// A `trak` while its file is read: its header is known, its samples may still come from fragments.
final class TrackBuilder {
    private static final int REORDER_WINDOW = 64;

    /// MPEG-TS time has room for ten seconds of decoding ahead.
    private static final long MAX_REORDER_SECONDS = 8;

    final int id;
    final TrackKind kind;
    private final int timescale;
    private final String language;
    private final EditList edits;
    private final SampleEntryReader entry;
    private final SampleTable table;
    private final Rotation rotation;

    /// Taken off all times, and added to the composition offsets; see {@link #samples}.
    private int raised;

    final FragmentColumns fragments = new FragmentColumns();

    private TrackBuilder(
            int id,
            TrackKind kind,
            int timescale,
            String language,
            EditList edits,
            SampleEntryReader entry,
            SampleTable table,
            Rotation rotation) {
        this.id = id;
        this.rotation = rotation;
        this.kind = kind;
        this.timescale = timescale;
        this.language = language;
        this.edits = edits;
        this.entry = entry;
        this.table = table;
    }

    /// @return null for tracks that are neither audio nor video
    static @Nullable TrackBuilder read(BoxReader trak, int movieTimescale, SampleBudget budget)
            throws MalformedMediaException, UnsupportedMediaException {
        BoxReader mdia = trak.require("mdia");
        BoxReader hdlr = mdia.require("hdlr");
        hdlr.skip(8);
        String handler = FourCc.name(hdlr.i32());
        TrackKind kind =
                switch (handler) {
                    case "vide" -> TrackKind.VIDEO;
                    case "soun" -> TrackKind.AUDIO;
                    default -> null;
                };
        if (kind == null) {
            return null;
        }
        BoxReader tkhd = trak.require("tkhd");
        int version = tkhd.u8();
        tkhd.skip(3 + (version == 1 ? 16 : 8));
        int id = tkhd.i32();
        if (id <= 0) {
            throw new MalformedMediaException(tkhd.path(), tkhd.offset() - 4, "track_ID " + id);
        }
        BoxReader mdhd = mdia.require("mdhd");
        int mdhdVersion = mdhd.u8();
        mdhd.skip(3 + (mdhdVersion == 1 ? 16 : 8));
        int timescale = mdhd.i32();
        if (timescale <= 0) {
            throw new MalformedMediaException(
                    mdhd.path(),
                    mdhd.offset() - 4,
                    "timescale " + (timescale & 0xFFFF_FFFFL) + " (expected: 1..2^31-1)");
        }
        mdhd.skip(mdhdVersion == 1 ? 8 : 4);
        String language = language(mdhd.u16());
        BoxReader stbl = mdia.require("minf").require("stbl");
        BoxReader stsd = stbl.require("stsd");
        stsd.skip(8);
        var runs = SampleTableReader.ChunkRuns.read(stbl);
        BoxReader entry = description(stsd, runs.descriptions(), id);
        SampleEntryReader description = SampleEntryReader.read(entry, kind == TrackKind.VIDEO);
        SampleTable table = SampleTableReader.read(stbl, runs, budget);
        BoxReader edts = trak.child("edts");
        return new TrackBuilder(
                id,
                kind,
                timescale,
                language,
                EditList.read(edts == null ? null : edts.child("elst"), movieTimescale, timescale),
                description,
                table,
                rotation(tkhd, version));
    }

    /// The one sample description that all samples use; the first where there are no samples yet. A
    /// track that changes its description halfway would need segments with different init segments.
    ///
    /// @param used numbers from 1
    private static BoxReader description(BoxReader stsd, BitSet used, int trackId)
            throws MalformedMediaException, UnsupportedMediaException {
        int wanted = used.isEmpty() ? 1 : used.nextSetBit(0);
        BoxReader found = null;
        int number = 0;
        for (BoxReader entry = stsd.next(); entry != null; entry = stsd.next()) {
            number++;
            if (number == wanted) {
                found = entry;
            } else if (found != null
                    && used.get(number)
                    && !Arrays.equals(found.fromHere().whole(), entry.whole())) {
                throw new UnsupportedMediaException(
                        stsd.path(),
                        entry.offset(),
                        "track "
                                + trackId
                                + " changes its codec or configuration between samples (expected:"
                                + " one sample description)");
            }
        }
        if (found == null) {
            throw new MalformedMediaException(
                    stsd.path(),
                    stsd.offset(),
                    number == 0
                            ? "no sample entry"
                            : "sample description " + wanted + " of " + number);
        }
        return found;
    }

    /// What `tkhd` says after the track's id.
    private static Rotation rotation(BoxReader tkhd, int version) throws MalformedMediaException {
        tkhd.skip(version == 1 ? 12 : 8); // reserved, duration
        tkhd.skip(16); // reserved, layer, group, volume
        int a = tkhd.i32();
        int b = tkhd.i32();
        tkhd.skip(4);
        int c = tkhd.i32();
        return Rotation.ofMatrix(a, b, c, tkhd.i32());
    }

    /// Without the samples that an edit list cuts off at the end. What is decoded before the last
    /// one that is shown stays, whenever it is shown itself.
    private SampleTable shown(SampleTable samples, long shift) {
        if (edits.end() == Long.MAX_VALUE) {
            return samples;
        }
        long end = edits.end() - shift;
        int count = samples.count();
        while (count > 1
                && samples.decodeTime(count - 1) + samples.compositionOffset(count - 1) >= end) {
            count--;
        }
        return samples.first(count);
    }

    private static String language(int packed) {
        char[] code = new char[3];
        for (int i = 0; i < 3; i++) {
            int letter = packed >> (10 - 5 * i) & 0x1F;
            if (letter < 1 || letter > 26) {
                return "und";
            }
            code[i] = (char) (0x60 + letter);
        }
        return new String(code);
    }

    /// As it is known before its fragments come.
    MovieStream.StreamedTrack streamed() {
        return new MovieStream.StreamedTrack(
                id,
                kind,
                timescale,
                entry.codec(),
                entry.box(),
                MovieStream.side(entry.codec(), true, entry.width()),
                MovieStream.side(entry.codec(), false, entry.height()));
    }

    int nalLengthSize() {
        return switch (entry.codec()) {
            case AvcConfig avc -> avc.nalLengthSize();
            case HevcConfig hevc -> hevc.nalLengthSize();
            default -> 0;
        };
    }

    CodecConfig codec() {
        return entry.codec();
    }

    boolean hasPlainSamples() {
        return table.count() > 0;
    }

    int timescale() {
        return timescale;
    }

    /// The samples, wherever they came from; to be asked before {@link #shift} and {@link #build}.
    ///
    /// Composition offsets come out as 0 and more. Where the file has negative ones, its decode
    /// times are late by the lowest of the whole track, and become earlier by that: no picture can
    /// be shown before it is decoded, and MPEG-TS says so.
    SampleTable samples() throws MalformedMediaException {
        if (entry.codec() instanceof AvcConfig avc && avc.parameterSets().isEmpty()) {
            // A stream may say them later; a file's index must have them.
            throw new MalformedMediaException("track " + id + ": no sequence parameter set");
        }
        SampleTable samples = table.count() > 0 ? table : fragments.toTable();
        int lowest = samples.lowestCompositionOffset();
        if (lowest >= 0) {
            return samples;
        }
        if (lowest < -MAX_REORDER_SECONDS * (long) timescale) {
            throw new MalformedMediaException(
                    "track "
                            + id
                            + " shows a picture "
                            + -(lowest / timescale)
                            + " s before it is decoded (expected: at most "
                            + MAX_REORDER_SECONDS
                            + ")");
        }
        try {
            samples = samples.withCompositionOffsetsRaised(-lowest);
        } catch (ArithmeticException e) {
            throw new MalformedMediaException(
                    "track " + id + " has composition offsets further apart than 2^31 ticks");
        }
        raised = -lowest;
        return samples;
    }

    long shift() {
        return edits.shift() - raised;
    }

    /// @param number among the tracks of its kind, from 1
    /// @param moreShift what the whole presentation is moved by
    Track build(int number, SampleTable all, long moreShift, boolean startsWithDelimiter) {
        long shift = shift() + moreShift;
        SampleTable samples = table.count() > 0 ? shown(all, shift) : all;
        long shown = Long.MIN_VALUE;
        for (int i = Math.max(0, samples.count() - REORDER_WINDOW); i < samples.count(); i++) {
            shown =
                    Math.max(
                            shown,
                            samples.decodeTime(i)
                                    + samples.compositionOffset(i)
                                    + samples.duration(i));
        }
        // Fragments say their own end; the edit list was written before them.
        long end = table.count() > 0 ? Math.min(edits.end(), shown + shift) : shown + shift;
        int width = 0;
        int height = 0;
        if (entry.codec() instanceof VideoConfig video) {
            boolean own = video.width() > 0 && video.height() > 0 && !entry.cropped();
            width = own ? video.width() : entry.width();
            height = own ? video.height() : entry.height();
            int aspectWidth = video.sampleAspectWidth();
            int aspectHeight = video.sampleAspectHeight();
            if (aspectWidth == aspectHeight) {
                aspectWidth = entry.aspectWidth();
                aspectHeight = entry.aspectHeight();
            }
            if (aspectWidth != aspectHeight) {
                width =
                        (int)
                                Math.min(
                                        0xFFFF,
                                        Math.round((double) width * aspectWidth / aspectHeight));
            }
        }
        return new Track(
                id,
                kind,
                number,
                entry.codec(),
                timescale,
                language,
                shift,
                end,
                width,
                height,
                rotation,
                entry.box(),
                nalLengthSize(),
                startsWithDelimiter,
                samples);
    }
}
