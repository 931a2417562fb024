package io.millrace.liveingest.live;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/// One live stream as players see it: its renditions' windows, from the first publisher until a
/// while after the end.
///
/// Renditions are added and written on the stream's event loop; the rest is thread-safe.
public final class LivePresentation {
    private final String entryId;
    private final LiveWindowOptions options;
    private final long firstSequence;
    private final Runnable onPlayable;
    private final Consumer<LivePresentation> onEnded;
    private final ConcurrentSkipListMap<String, RenditionWindow> renditions =
            new ConcurrentSkipListMap<>();
    private final CompletableFuture<Void> playable = new CompletableFuture<>();
    private int live;
    private volatile boolean ended;

    /// @param firstSequence above every media sequence number that this entry ever had, or players
    ///   would see it go back
    /// @param onPlayable called once, on the stream's loop, when the first segment can be fetched
    /// @param onEnded called on the stream's loop, when the last rendition has ended
    public LivePresentation(
            String entryId,
            long firstSequence,
            LiveWindowOptions options,
            Runnable onPlayable,
            Consumer<LivePresentation> onEnded) {
        this.entryId = entryId;
        this.firstSequence = Math.max(1, firstSequence);
        this.options = options;
        this.onPlayable = onPlayable;
        this.onEnded = onEnded;
    }

    public String entryId() {
        return entryId;
    }

    LiveWindowOptions options() {
        return options;
    }

    /// A rendition's window; its numbers go on where the others are.
    public RenditionWindow add(String rendition, WallTime wall) {
        var window = new RenditionWindow(rendition, this, nextSequence(), options, wall);
        renditions.put(rendition, window);
        live++;
        return window;
    }

    /// The number of the segment that is being made, or what would be the first.
    long sequenceAt(long otherwise) {
        long sequence = otherwise;
        for (RenditionWindow rendition : renditions.values()) {
            TrackWindow leading = rendition.leading();
            if (leading != null) {
                sequence = Math.max(sequence, leading.view().openSequence());
            }
        }
        return sequence;
    }

    /// The number of a new rendition's first segment.
    public long nextSequence() {
        return sequenceAt(firstSequence);
    }

    /// In the order of their names.
    Collection<RenditionWindow> renditions() {
        return List.copyOf(renditions.values());
    }

    /// By the name of its playlist.
    @Nullable TrackWindow window(String id) {
        RenditionWindow rendition = id.length() < 2 ? null : renditions.get(id.substring(1));
        return rendition == null ? null : rendition.window(id);
    }

    boolean isEnded() {
        return ended;
    }

    /// Completed with the first segment, or with the end of a stream that had none. Callers take a
    /// copy if they add time limits.
    CompletionStage<Void> whenPlayable() {
        return playable.copy();
    }

    boolean isPlayable() {
        return playable.isDone();
    }

    void playable() {
        if (playable.complete(null)) {
            onPlayable.run();
        }
    }

    /// A rendition consists of something else now.
    void changed() {}

    /// A window has a new fragment or segment, or its end.
    void grown(TrackWindow window) {}

    void renditionEnded(RenditionWindow rendition) {
        live--;
        if (live > 0) {
            renditions.remove(rendition.rendition(), rendition);
            return;
        }
        ended = true;
        playable.complete(null);
        onEnded.accept(this);
    }
}
