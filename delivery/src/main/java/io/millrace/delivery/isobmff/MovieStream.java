package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.CodecConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.TrackKind;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A fragmented movie that arrives as a stream: its `moov`, and then a `moof` at a time. Who has
/// the bytes finds the boxes; here they are understood. One thread at a time.
public final class MovieStream {
    private static final int MAX_TRACKS = 16;
    private static final int MAX_FRAGMENT_SAMPLES = 100_000;

    /// @param sampleEntry the whole box, with the codec's configuration in it
    /// @param width of the picture; 0 for sound
    public record StreamedTrack(
            int id,
            TrackKind kind,
            int timescale,
            CodecConfig codec,
            byte[] sampleEntry,
            int width,
            int height) {}

    private final Map<Integer, TrackBuilder> builders = new LinkedHashMap<>();
    private final List<StreamedTrack> tracks = new ArrayList<>();

    /// @param moov the box's body
    /// @throws MediaException when it is damaged, or a track of it is of a kind nobody here reads
    public MovieStream(byte[] moov) throws MediaException {
        BoxReader movie = BoxReader.of(FourCc.of("moov"), moov, 0);
        for (BoxReader box = movie.next(); box != null; box = movie.next()) {
            if (box.type() != FourCc.of("trak")) {
                continue;
            }
            // Times here are the track's own; an edit list is for those who have all of it.
            TrackBuilder track = TrackBuilder.read(box, 1000, new SampleBudget(0));
            if (track == null) {
                continue;
            }
            if (builders.size() == MAX_TRACKS || builders.putIfAbsent(track.id, track) != null) {
                throw new UnsupportedMediaException(
                        box.path(), box.offset(), "too many tracks, or one twice");
            }
            tracks.add(track.streamed());
        }
        if (tracks.isEmpty()) {
            throw new UnsupportedMediaException("moov: neither pictures nor sound");
        }
        BoxReader mvex = movie.child("mvex");
        if (mvex != null) {
            FragmentReader.readDefaults(mvex, builders);
        }
    }

    /// In the movie's order.
    public List<StreamedTrack> tracks() {
        return List.copyOf(tracks);
    }

    /// The samples of one fragment, by track id; tracks without any are left out.
    ///
    /// @param moof the box's body
    /// @param moofOffset where the box begins, in bytes from wherever the caller counts; the
    ///   samples' offsets count from there too
    public Map<Integer, SampleTable> fragment(byte[] moof, long moofOffset) throws MediaException {
        FragmentReader.read(
                BoxReader.of(FourCc.of("moof"), moof, moofOffset + 8),
                moofOffset,
                builders,
                new SampleBudget(MAX_FRAGMENT_SAMPLES));
        var samples = new LinkedHashMap<Integer, SampleTable>();
        for (TrackBuilder track : builders.values()) {
            if (track.fragments.count() > 0) {
                samples.put(track.id, track.fragments.toTable());
                track.fragments.clear();
            }
        }
        return samples;
    }

    /// Width and height for those codecs whose configuration says them, else the entry's.
    static int side(CodecConfig codec, boolean width, int entry) {
        if (!(codec instanceof VideoConfig video)) {
            return 0;
        }
        int own = width ? video.width() : video.height();
        return own > 0 ? own : entry;
    }
}
