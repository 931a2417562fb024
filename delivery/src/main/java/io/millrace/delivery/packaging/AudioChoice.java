package io.millrace.delivery.packaging;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.media.Track;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which audio tracks of a media set are offered once each: renditions of a ladder usually carry
/// the same audio each, and players should see it once.
public final class AudioChoice {
    private AudioChoice() {}

    /// The different audio tracks of a set, in order.
    public static List<TrackPick> distinct(MediaSet set) {
        return distinct(set.audios());
    }

    /// The different ones among some audio tracks, in order.
    static List<TrackPick> distinct(List<TrackPick> audios) {
        List<TrackPick> distinct = new ArrayList<>();
        for (TrackPick audio : audios) {
            if (representative(distinct, audio) == null) {
                distinct.add(audio);
            }
        }
        return distinct;
    }

    /// The one of `among` that sounds the same as `audio`, or null.
    public static @Nullable TrackPick representative(List<TrackPick> among, TrackPick audio) {
        for (TrackPick known : among) {
            if (same(known.track(), audio.track())) {
                return known;
            }
        }
        return null;
    }

    /// Whether two tracks sound the same, as far as their tables tell.
    public static boolean same(Track a, Track b) {
        if (a == b || a.samples().isOfOneSize() && a.codec() instanceof AacConfig) {
            // AAC of one frame size was made so, whatever is in it (see the tempo package).
            return a == b;
        }
        return a.timescale() == b.timescale()
                && a.language().equals(b.language())
                && a.samples().count() == b.samples().count()
                && a.presentationShift() == b.presentationShift()
                && Arrays.equals(a.sampleEntry(), b.sampleEntry())
                && a.payloadBytes() == b.payloadBytes();
    }

    /// The audio that goes with a file's video where both are muxed: its own first, else the set's
    /// first.
    public static @Nullable TrackPick muxedWith(MediaSet set, TrackPick video) {
        for (TrackPick audio : set.audios()) {
            if (audio.source() == video.source()) {
                return audio;
            }
        }
        return set.audios().isEmpty() ? null : set.audios().getFirst();
    }
}
