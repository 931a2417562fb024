package io.millrace.delivery.mapping;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.AudioChoice;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.tempo.SpedTrack;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Puts sound that is made anew in the place of a presentation's sound, where it plays at another
/// rate. Used by one thread.
final class SpedSources {
    private static final Logger log = LoggerFactory.getLogger(SpedSources.class);

    private final int soundFile;
    private final int wholeRatePercent;
    private final List<SpedTrack> tracks = new ArrayList<>();

    /// @param soundFile where made sound lies, among the open files
    /// @param wholeRatePercent of the whole presentation; its sources have their own beside it
    SpedSources(int soundFile, int wholeRatePercent) {
        this.soundFile = soundFile;
        this.wholeRatePercent = wholeRatePercent;
    }

    /// What was made, one after the other in its file.
    List<SpedTrack> tracks() {
        return List.copyOf(tracks);
    }

    /// @param sources of a clip, cut: their times are those of the outcome
    List<MediaSource> apply(List<MediaSource> sources, List<Recipe.Source> recipes)
            throws MalformedMediaException {
        int firstOfClip = tracks.size();
        List<MediaSource> result = new ArrayList<>(sources.size());
        for (int i = 0; i < sources.size(); i++) {
            int rate = wholeRatePercent * recipes.get(i).cut().ratePercent();
            MediaSource source = sources.get(i);
            result.add(rate == 10_000 ? source : sped(source, rate, firstOfClip));
        }
        return result;
    }

    private MediaSource sped(MediaSource source, int rate, int firstOfClip)
            throws MalformedMediaException {
        MediaIndex index = source.index();
        List<Track> left = new ArrayList<>(index.tracks().size());
        for (Track track : index.tracks()) {
            if (track.isVideo()) {
                left.add(track);
                continue;
            }
            Optional<SpedTrack> made = sped(source, track, rate, firstOfClip);
            if (made.isPresent()) {
                left.add(made.get().track());
            } else {
                log.info(
                        "sound track {} is left out at another rate: nothing decodes {}",
                        track.number(),
                        track.codec().codecs());
            }
        }
        return source.withSound(index.with(left, index.text()), soundFile);
    }

    /// Renditions of a ladder have the same sound each: it is made once.
    private Optional<SpedTrack> sped(MediaSource source, Track track, int rate, int firstOfClip)
            throws MalformedMediaException {
        for (SpedTrack known : tracks.subList(firstOfClip, tracks.size())) {
            if (AudioChoice.same(known.source(), track)) {
                return Optional.of(known);
            }
        }
        long offset =
                tracks.isEmpty() ? 0 : tracks.getLast().offset() + tracks.getLast().sizeBytes();
        Optional<SpedTrack> made =
                SpedTrack.of(track, source.file(), source.index().fileSizeBytes(), rate, offset);
        made.ifPresent(tracks::add);
        return made;
    }
}
