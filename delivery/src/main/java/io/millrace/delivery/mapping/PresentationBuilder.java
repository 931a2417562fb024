package io.millrace.delivery.mapping;

import io.millrace.delivery.codec.cea.CaptionChannels;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.mapping.MediaCaches.Prepared;
import io.millrace.delivery.mapping.MediaPathException.Reason;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.CutSources;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.webvtt.Subtitles;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes the presentation that a {@link Recipe} describes out of the indexes of its files. Used
/// once, by one thread.
final class PresentationBuilder {
    private final Recipe recipe;
    private final List<String> files;
    private final List<MediaIndex> indexes;
    private final SpedSources sped;
    private long ownBytes;

    /// @param indexes of `recipe.files()`, in that order
    PresentationBuilder(Recipe recipe, List<MediaIndex> indexes) {
        this.recipe = recipe;
        this.files = recipe.files();
        this.indexes = indexes;
        this.sped = new SpedSources(files.size(), recipe.cut().ratePercent());
    }

    /// @throws MediaPathException NOT_FOUND when nothing is left to play
    Prepared build() throws MediaException, MediaPathException {
        Cut cut = recipe.cut();
        List<MediaSet> sets = new ArrayList<>(recipe.clips().size());
        long startMs = 0;
        for (Recipe.Clip clip : recipe.clips()) {
            if (startMs >= cut.toMs()) {
                break;
            }
            Optional<List<MediaSource>> found = ownCuts(clip);
            if (found.isEmpty()) {
                throw nothing();
            }
            List<MediaSource> sources = found.get();
            long endMs = endMs(sources);
            long durationMs = clip.durationMs() > 0 ? clip.durationMs() : endMs;
            long fromMs = Math.max(0, cut.fromMs() - startMs);
            long toMs = cut.toMs() == Cut.TO_THE_END ? cut.toMs() : cut.toMs() - startMs;
            if (clip.durationMs() > 0 && clip.durationMs() < endMs) {
                toMs = Math.min(toMs, clip.durationMs());
            }
            startMs += durationMs;
            if (fromMs >= toMs || fromMs >= durationMs) {
                continue;
            }
            Optional<List<MediaSource>> left =
                    CutSources.apply(sources, Cut.range(fromMs, toMs).withRate(cut.ratePercent()));
            if (left.isPresent()) {
                List<MediaSource> timed = sped.apply(left.get(), clip.sources());
                weigh(timed);
                sets.add(MediaSet.of(timed, packaging()));
            }
        }
        if (sets.isEmpty()) {
            throw nothing();
        }
        return new Prepared(
                Presentation.of(sets).withClosedCaptions(captions(sets)), ownBytes, sped.tracks());
    }

    private PackagingOptions packaging() {
        return recipe.clips().size() > 1
                ? recipe.packaging().withSignedOffsets()
                : recipe.packaging();
    }

    /// What the mapping announces; where it announces nothing, what all videos carry.
    private List<ClosedCaption> captions(List<MediaSet> sets) {
        if (!recipe.closedCaptions().isEmpty()) {
            return recipe.closedCaptions();
        }
        CaptionChannels all = null;
        for (MediaSet set : sets) {
            for (TrackPick video : set.videos()) {
                CaptionChannels own = set.sources().get(video.source()).index().captions();
                all = all == null ? own : all.and(own);
            }
        }
        return all == null
                ? List.of()
                : all.names().stream().map(name -> new ClosedCaption(name, "", "")).toList();
    }

    private static MediaPathException nothing() {
        return new MediaPathException(
                Reason.NOT_FOUND, "nothing can be played of this part of the media");
    }

    /// The sources of a clip, each with what is played of its file.
    private Optional<List<MediaSource>> ownCuts(Recipe.Clip clip) throws MediaPathException {
        List<MediaSource> sources = new ArrayList<>(clip.sources().size());
        List<Recipe.Source> recipes = clip.sources();
        Cut first = range(recipes.getFirst());
        boolean together = true;
        for (Recipe.Source source : recipes) {
            sources.add(source(source));
            together &= range(source).equals(first);
        }
        // Renditions of one film start at one key frame.
        if (together) {
            Optional<List<MediaSource>> cut = CutSources.apply(sources, first);
            if (cut.isEmpty()) {
                return cut;
            }
            sources = new ArrayList<>(cut.get());
        }
        for (int i = 0; i < sources.size(); i++) {
            Cut own = recipes.get(i).cut();
            if (!together || !own.equals(first)) {
                Cut rest = together ? own.withRange(0, Cut.TO_THE_END).withRate(100) : own;
                Optional<List<MediaSource>> cut = CutSources.apply(List.of(sources.get(i)), rest);
                if (cut.isEmpty()) {
                    return cut;
                }
                sources.set(i, cut.get().getFirst());
            }
        }
        return Optional.of(sources);
    }

    private static Cut range(Recipe.Source source) {
        return source.cut().withShifts(0, 0, 0);
    }

    private MediaSource source(Recipe.Source source) {
        int file = files.indexOf(source.file());
        MediaIndex index =
                source.file().isEmpty() ? MediaIndex.ofText(Subtitles.EMPTY, 0) : indexes.get(file);
        return new MediaSource(
                index,
                source.sequence(),
                source.id(),
                source.tracks().and(bitrates(index)),
                Math.max(0, file),
                source.labels());
    }

    /// The videos whose bit rate is wanted.
    private TrackFilter bitrates(MediaIndex index) {
        if (recipe.minBitrate() == 0 && recipe.maxBitrate() == Long.MAX_VALUE) {
            return TrackFilter.ALL;
        }
        TrackFilter wanted = TrackFilter.of(0, 0);
        for (Track track : index.tracks()) {
            if (track.isVideo() && track.number() <= TrackFilter.MAX_TRACK) {
                double seconds =
                        Timescale.seconds(
                                Math.max(1, track.samples().endTime()), track.timescale());
                double rate = 8 * track.payloadBytes() / seconds;
                if (rate >= recipe.minBitrate() && rate <= recipe.maxBitrate()) {
                    wanted = wanted.or(TrackFilter.of(track.number(), 0));
                }
            }
        }
        return new TrackFilter(wanted.video(), TrackFilter.ALL.audio());
    }

    private static long endMs(List<MediaSource> sources) {
        long end = 0;
        for (MediaSource source : sources) {
            for (Track track : source.index().tracks()) {
                if (source.tracks().accepts(track.kind(), track.number())) {
                    end =
                            Math.max(
                                    end,
                                    Timescale.rescale(
                                            track.presentationEnd(),
                                            track.timescale(),
                                            Timescale.MILLISECONDS));
                }
            }
        }
        return end;
    }

    /// Cut sources have indexes of their own, which no other cache counts.
    private void weigh(List<MediaSource> sources) {
        for (MediaSource source : sources) {
            if (!indexes.contains(source.index())) {
                ownBytes += source.index().estimatedBytes();
            }
        }
    }
}
