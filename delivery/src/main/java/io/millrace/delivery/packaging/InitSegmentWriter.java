package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.PsshBox;
import io.millrace.delivery.isobmff.BoxWriter;
import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.util.List;

/// The init segment of fMP4/CMAF and of our recordings: `ftyp` and a `moov` without samples.
///
///     ftyp
///     moov
///       mvhd
///       trak ...
///         tkhd
///         edts elst                  only with an edit
///         mdia
///           mdhd hdlr
///           minf
///             vmhd | smhd | sthd
///             dinf dref url
///             stbl stsd stts stsc stsz stco
///       mvex
///         trex ...
public final class InitSegmentWriter {
    private static final int MOVIE_TIMESCALE = 1000;

    private InitSegmentWriter() {}

    /// @param tracks one for CMAF; several for muxed segments and recordings
    public static byte[] write(List<InitTrack> tracks) {
        return write(tracks, List.of());
    }

    /// @param systems what licence systems are told of the tracks' keys
    static byte[] write(List<InitTrack> tracks, List<PsshBox> systems) {
        ByteBuf out = Unpooled.buffer(1024);
        try {
            write(out, tracks, systems);
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            return bytes;
        } finally {
            out.release();
        }
    }

    /// The init segment of subtitles as TTML documents (`stpp`, ISO/IEC 14496-30 §7.4).
    ///
    /// @param language ISO 639-2/T
    public static byte[] writeText(int trackId, int timescale, String language) {
        ByteBuf out = Unpooled.buffer(768);
        try {
            int entry = BoxWriter.begin(out, "stpp");
            out.writeZero(6);
            out.writeShort(1); // data reference
            BoxWriter.ascii(out, "http://www.w3.org/ns/ttml");
            out.writeByte(0);
            out.writeByte(0); // schema_location
            out.writeByte(0); // auxiliary_mime_types
            BoxWriter.end(out, entry);
            byte[] box = new byte[out.readableBytes()];
            out.readBytes(box);
            out.clear();
            fileType(out, true);
            int moov = BoxWriter.begin(out, "moov");
            movieHeader(out, trackId + 1);
            track(
                    out,
                    new Media(
                            trackId,
                            timescale,
                            language,
                            0,
                            0,
                            Rotation.NONE,
                            box,
                            0,
                            Handler.TEXT));
            int mvex = BoxWriter.begin(out, "mvex");
            trackExtends(out, trackId, FragmentTrack.SYNC_FLAGS);
            BoxWriter.end(out, mvex);
            BoxWriter.end(out, moov);
            byte[] bytes = new byte[out.readableBytes()];
            out.readBytes(bytes);
            return bytes;
        } finally {
            out.release();
        }
    }

    private static void fileType(ByteBuf out, boolean single) {
        int ftyp = BoxWriter.begin(out, "ftyp");
        BoxWriter.type(out, "iso6");
        out.writeInt(1);
        BoxWriter.ascii(out, "iso6mp41dashhlsf");
        if (single) {
            BoxWriter.type(out, "cmfc");
        }
        BoxWriter.end(out, ftyp);
    }

    private static void trackExtends(ByteBuf out, int trackId, int sampleFlags) {
        int trex = BoxWriter.beginFull(out, "trex", 0, 0);
        out.writeInt(trackId);
        out.writeInt(1); // sample description
        out.writeInt(0);
        out.writeInt(0);
        out.writeInt(sampleFlags);
        BoxWriter.end(out, trex);
    }

    /// What differs between the kinds of tracks.
    private enum Handler {
        VIDEO("vide", "VideoHandler"),
        AUDIO("soun", "SoundHandler"),
        TEXT("subt", "SubtitleHandler");

        private final String type;
        private final String name;

        Handler(String type, String name) {
            this.type = type;
            this.name = name;
        }
    }

    /// One track, of whatever kind.
    private record Media(
            int trackId,
            int timescale,
            String language,
            int displayWidth,
            int displayHeight,
            Rotation rotation,
            byte[] sampleEntry,
            long editMediaTime,
            Handler handler) {
        static Media of(InitTrack track) {
            return new Media(
                    track.trackId(),
                    track.timescale(),
                    track.language(),
                    track.displayWidth(),
                    track.displayHeight(),
                    track.rotation(),
                    track.sampleEntry(),
                    track.editMediaTime(),
                    track.kind() == TrackKind.AUDIO ? Handler.AUDIO : Handler.VIDEO);
        }
    }

    /// Appends to `out`, which it borrows.
    public static void write(ByteBuf out, List<InitTrack> tracks) {
        write(out, tracks, List.of());
    }

    private static void write(ByteBuf out, List<InitTrack> tracks, List<PsshBox> systems) {
        fileType(out, tracks.size() == 1);

        int moov = BoxWriter.begin(out, "moov");
        int maxId = 0;
        for (InitTrack track : tracks) {
            maxId = Math.max(maxId, track.trackId());
        }
        movieHeader(out, maxId + 1);
        for (InitTrack track : tracks) {
            track(out, Media.of(track));
        }
        int mvex = BoxWriter.begin(out, "mvex");
        for (InitTrack track : tracks) {
            trackExtends(
                    out,
                    track.trackId(),
                    track.kind() == TrackKind.AUDIO
                            ? FragmentTrack.SYNC_FLAGS
                            : FragmentTrack.NON_SYNC_FLAGS);
        }
        BoxWriter.end(out, mvex);
        for (PsshBox system : systems) {
            out.writeBytes(system.box());
        }
        BoxWriter.end(out, moov);
    }

    private static void movieHeader(ByteBuf out, int nextTrackId) {
        int mvhd = BoxWriter.beginFull(out, "mvhd", 0, 0);
        out.writeInt(0);
        out.writeInt(0);
        out.writeInt(MOVIE_TIMESCALE);
        out.writeInt(0); // duration: the fragments'
        out.writeInt(0x10000); // rate 1.0
        out.writeShort(0x100); // volume 1.0
        out.writeZero(10);
        matrix(out, Rotation.NONE.matrix(0, 0));
        out.writeZero(24);
        out.writeInt(nextTrackId);
        BoxWriter.end(out, mvhd);
    }

    private static void track(ByteBuf out, Media track) {
        boolean audio = track.handler() == Handler.AUDIO;
        int trak = BoxWriter.begin(out, "trak");
        int tkhd = BoxWriter.beginFull(out, "tkhd", 0, 7); // enabled, in movie, in preview
        out.writeInt(0);
        out.writeInt(0);
        out.writeInt(track.trackId());
        out.writeInt(0);
        out.writeInt(0); // duration
        out.writeZero(8);
        out.writeShort(0); // layer
        out.writeShort(audio ? 1 : 0); // alternate group
        out.writeShort(audio ? 0x100 : 0);
        out.writeShort(0);
        matrix(out, track.rotation().matrix(track.displayWidth(), track.displayHeight()));
        out.writeInt(track.displayWidth() << 16);
        out.writeInt(track.displayHeight() << 16);
        BoxWriter.end(out, tkhd);
        if (track.editMediaTime() > 0) {
            int edts = BoxWriter.begin(out, "edts");
            int elst = BoxWriter.beginFull(out, "elst", 1, 0);
            out.writeInt(1);
            out.writeLong(0); // to the end of the fragments
            out.writeLong(track.editMediaTime());
            out.writeInt(0x10000);
            BoxWriter.end(out, elst);
            BoxWriter.end(out, edts);
        }
        int mdia = BoxWriter.begin(out, "mdia");
        int mdhd = BoxWriter.beginFull(out, "mdhd", 0, 0);
        out.writeInt(0);
        out.writeInt(0);
        out.writeInt(track.timescale());
        out.writeInt(0);
        out.writeShort(packedLanguage(track.language()));
        out.writeShort(0);
        BoxWriter.end(out, mdhd);
        int hdlr = BoxWriter.beginFull(out, "hdlr", 0, 0);
        out.writeInt(0);
        BoxWriter.type(out, track.handler().type);
        out.writeZero(12);
        BoxWriter.ascii(out, track.handler().name);
        out.writeByte(0);
        BoxWriter.end(out, hdlr);
        int minf = BoxWriter.begin(out, "minf");
        switch (track.handler()) {
            case AUDIO -> {
                int smhd = BoxWriter.beginFull(out, "smhd", 0, 0);
                out.writeInt(0);
                BoxWriter.end(out, smhd);
            }
            case VIDEO -> {
                int vmhd = BoxWriter.beginFull(out, "vmhd", 0, 1);
                out.writeZero(8);
                BoxWriter.end(out, vmhd);
            }
            case TEXT -> BoxWriter.end(out, BoxWriter.beginFull(out, "sthd", 0, 0));
        }
        int dinf = BoxWriter.begin(out, "dinf");
        int dref = BoxWriter.beginFull(out, "dref", 0, 0);
        out.writeInt(1);
        BoxWriter.end(out, BoxWriter.beginFull(out, "url ", 0, 1)); // in this file
        BoxWriter.end(out, dref);
        BoxWriter.end(out, dinf);
        int stbl = BoxWriter.begin(out, "stbl");
        int stsd = BoxWriter.beginFull(out, "stsd", 0, 0);
        out.writeInt(1);
        out.writeBytes(track.sampleEntry());
        BoxWriter.end(out, stsd);
        emptyTable(out, "stts", 4);
        emptyTable(out, "stsc", 4);
        emptyTable(out, "stsz", 8);
        emptyTable(out, "stco", 4);
        BoxWriter.end(out, stbl);
        BoxWriter.end(out, minf);
        BoxWriter.end(out, mdia);
        BoxWriter.end(out, trak);
    }

    private static void emptyTable(ByteBuf out, String type, int zeros) {
        int box = BoxWriter.beginFull(out, type, 0, 0);
        out.writeZero(zeros);
        BoxWriter.end(out, box);
    }

    private static void matrix(ByteBuf out, int[] values) {
        for (int value : values) {
            out.writeInt(value);
        }
    }

    /// Three letters of five bits each, ISO/IEC 14496-12 §8.4.2.3.
    private static int packedLanguage(String language) {
        String code = language.length() == 3 ? language : "und";
        int packed = 0;
        for (int i = 0; i < 3; i++) {
            packed = packed << 5 | code.charAt(i) - 0x60 & 0x1F;
        }
        return packed;
    }
}
