package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.media.Timescale;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one URL names, as a player sees it: one or more clips, played one after the other.
///
/// Each clip is a {@link MediaSet} with its own files, its own cut list and its own timeline from
/// 0. Segments are numbered through: the first of a clip follows the last of the clip before it.
/// Players learn of a new clip by a discontinuity (HLS) or a period (DASH). Most presentations are
/// one clip.
///
/// Immutable, thread-safe; cached as one.
public final class Presentation {
    /// One stretch of a presentation.
    ///
    /// @param number 1-based: the `c<n>` of names
    /// @param firstSegment how many segments the clips before it have together
    /// @param startUs when it starts on the presentation's timeline
    public record Clip(int number, MediaSet set, int firstSegment, long startUs) {
        /// The number of its k-th segment (from 0), as names tell it.
        public int segmentNumber(int k) {
            return firstSegment + k + 1;
        }

        public long durationUs() {
            SegmentPlan plan = set.plan();
            return Timescale.rescale(plan.totalTicks(), plan.timescale(), Timescale.MICROSECONDS);
        }
    }

    /// A segment of a clip.
    ///
    /// @param segment from 0, within the clip
    public record Position(Clip clip, int segment) {}

    private final List<Clip> clips;
    private final List<ClosedCaption> closedCaptions;
    private final @Nullable Protection protection;

    private Presentation(
            List<Clip> clips, List<ClosedCaption> closedCaptions, @Nullable Protection protection) {
        this.clips = List.copyOf(clips);
        this.closedCaptions = List.copyOf(closedCaptions);
        this.protection = protection;
    }

    /// @param sets one per clip, in order; they should offer the same renditions
    public static Presentation of(List<MediaSet> sets) {
        if (sets.isEmpty()) {
            throw new IllegalArgumentException("sets: none (expected: at least one)");
        }
        List<Clip> clips = new ArrayList<>(sets.size());
        int firstSegment = 0;
        long startUs = 0;
        for (MediaSet set : sets) {
            var clip = new Clip(clips.size() + 1, set, firstSegment, startUs);
            clips.add(clip);
            firstSegment += set.plan().count();
            startUs += clip.durationUs();
        }
        return new Presentation(clips, List.of(), null);
    }

    public static Presentation of(MediaSet set) {
        return of(List.of(set));
    }

    /// The same with captions inside its pictures, as a mapping tells them.
    public Presentation withClosedCaptions(List<ClosedCaption> captions) {
        return new Presentation(clips, captions, protection);
    }

    /// The same, sent encrypted.
    public Presentation protectedBy(Protection newProtection) {
        return new Presentation(clips, closedCaptions, newProtection);
    }

    /// How it is encrypted; null in the clear.
    public @Nullable Protection protection() {
        return protection;
    }

    public List<Clip> clips() {
        return clips;
    }

    /// Captions inside the pictures that are to be announced.
    public List<ClosedCaption> closedCaptions() {
        return closedCaptions;
    }

    /// The clip whose renditions playlists name; the others follow it.
    public Clip first() {
        return clips.getFirst();
    }

    public boolean isOneClip() {
        return clips.size() == 1;
    }

    /// @param number 1-based, 0 for "not said", which is the first
    public Optional<Clip> clip(int number) {
        if (number < 0 || number > clips.size()) {
            return Optional.empty();
        }
        return Optional.of(clips.get(Math.max(0, number - 1)));
    }

    public int segmentCount() {
        Clip last = clips.getLast();
        return last.firstSegment() + last.set().plan().count();
    }

    /// Where a segment is.
    ///
    /// @param number as names tell it: 1-based, over all clips
    /// @return empty past the end
    public Optional<Position> locate(int number) {
        if (number < 1 || number > segmentCount()) {
            return Optional.empty();
        }
        int low = 0;
        int high = clips.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (clips.get(middle).firstSegment() < number) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Clip clip = clips.get(low);
        return Optional.of(new Position(clip, number - 1 - clip.firstSegment()));
    }

    public long durationUs() {
        Clip last = clips.getLast();
        return last.startUs() + last.durationUs();
    }

    /// `EXT-X-TARGETDURATION`: the longest segment of any clip, rounded to the nearest second.
    public int targetDurationSeconds() {
        int longest = 1;
        for (Clip clip : clips) {
            longest = Math.max(longest, clip.set().plan().targetDurationSeconds());
        }
        return longest;
    }

    /// Whether every segment can be decoded without the one before it; sound always can.
    public boolean isIndependent() {
        return clips.stream().allMatch(clip -> clip.set().plan().isIndependent());
    }

    /// What this weighs in a cache, without the indexes it refers to.
    public long estimatedBytes() {
        long bytes = 64;
        for (Clip clip : clips) {
            bytes += 64 + clip.set().estimatedBytes();
        }
        return bytes;
    }
}
