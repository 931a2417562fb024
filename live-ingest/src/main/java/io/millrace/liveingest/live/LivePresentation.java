package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.http.PreparedReply;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/// One live stream as players see it: its renditions' windows, from the first publisher until a
/// while after the end.
///
/// What players are shown changes once for all that one unit of media brings about: a part, the end
/// of its segment and of the stream are seen together.
///
/// Renditions are added and written on the stream's event loop; the rest is thread-safe.
public final class LivePresentation {
    /// So many segments there are before a player is told of the stream: Shaka Player 5 looks into
    /// the second, and gives up for good where that is only parts yet; GStreamer's hlsdemux2 never
    /// begins with one.
    static final int SEGMENTS_OF_A_START = 2;

    private final String entryId;
    private final LiveWindowOptions options;
    private final long firstSequence;
    private final Runnable onPlayable;
    private final Consumer<LivePresentation> onEnded;
    private final ConcurrentSkipListMap<String, RenditionWindow> renditions =
            new ConcurrentSkipListMap<>();
    private final CompletableFuture<Void> playable = new CompletableFuture<>();
    private final CompletableFuture<Void> startable = new CompletableFuture<>();
    private final ConcurrentHashMap<TrackWindow, TrackFeed> feeds = new ConcurrentHashMap<>();
    private final DashTimeline dash = new DashTimeline(false);
    private final DashTimeline dashPast = new DashTimeline(true);
    private final Executor loop;

    /// Of renditions that have ended; they may come again.
    private final Map<String, Long> lastSequences = new HashMap<>();

    private final Set<TrackWindow> grown = new LinkedHashSet<>();
    private boolean changed;
    private boolean becamePlayable;
    private boolean becameStartable;
    private boolean showing;
    private int live;
    private volatile boolean ended;
    private final @Nullable PreparedReply[] masters = new PreparedReply[3];

    /// @param firstSequence above every media sequence number that this entry ever had, or players
    ///   would see it go back
    /// @param loop the stream's event loop
    /// @param onPlayable called once, on the stream's loop, when the first segment can be fetched
    /// @param onEnded called on the stream's loop, when the last rendition has ended
    public LivePresentation(
            String entryId,
            long firstSequence,
            LiveWindowOptions options,
            Executor loop,
            Runnable onPlayable,
            Consumer<LivePresentation> onEnded) {
        this.entryId = entryId;
        this.firstSequence = Math.max(1, firstSequence);
        this.options = options;
        this.loop = loop;
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
    ///
    /// @param dvr where its past is, if players may go back
    public RenditionWindow add(String rendition, WallTime wall, @Nullable DvrWindow dvr) {
        var window = new RenditionWindow(rendition, this, nextSequence(), options, wall, dvr);
        renditions.put(rendition, window);
        live++;
        return window;
    }

    /// The same, which players cannot go back in.
    public RenditionWindow add(String rendition, WallTime wall) {
        return add(rendition, wall, null);
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

    /// What a rendition keeps to that comes while others run.
    public SegmentGrid grid(String rendition) {
        return timeMs -> {
            long above = lastSequences.getOrDefault(rendition, 0L);
            for (RenditionWindow other : renditions.values()) {
                TrackWindow leading = other.leading();
                if (leading == null || other.rendition().equals(rendition)) {
                    continue;
                }
                SegmentGrid.Place place = leading.view().placeAt(timeMs);
                if (place != null && place.segment() > above) {
                    return place;
                }
            }
            return null;
        };
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

    /// A track's past; null when players cannot go back.
    @Nullable DvrTrack dvr(String id) {
        RenditionWindow rendition = id.length() < 2 ? null : renditions.get(id.substring(1));
        TrackWindow window = rendition == null ? null : rendition.window(id);
        DvrWindow dvr = rendition == null ? null : rendition.dvr();
        return dvr == null || window == null ? null : dvr.track(window.kind());
    }

    /// Whether players can go back in any rendition.
    boolean goesBack() {
        return renditions.values().stream().anyMatch(rendition -> rendition.dvr() != null);
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

    /// Completed when any player can begin, a segment later, or with the end of the stream. Callers
    /// take a copy if they add time limits.
    CompletionStage<Void> whenStartable() {
        return startable.copy();
    }

    boolean isStartable() {
        return startable.isDone();
    }

    /// All tracks that play now, by rendition.
    List<TrackWindow> windows() {
        List<TrackWindow> windows = new ArrayList<>();
        for (RenditionWindow rendition : renditions.values()) {
            for (TrackWindow window :
                    new @Nullable TrackWindow[] {rendition.video(), rendition.audio()}) {
                if (window != null) {
                    windows.add(window);
                }
            }
        }
        return windows;
    }

    /// What is shown of a track, and who waits for it.
    TrackFeed feed(TrackWindow window) {
        return feeds.computeIfAbsent(window, _ -> new TrackFeed(state(window)));
    }

    private TrackState state(TrackWindow window) {
        return new TrackState(window.id(), this, window.view());
    }

    DashTimeline dash(boolean past) {
        return past ? dashPast : dash;
    }

    /// The multivariant playlist; null when nothing can be played yet.
    ///
    /// @param dvr whether of those that players may go back in, and as far as they may
    /// @param fromStart whether players of that begin there
    @Nullable PreparedReply master(boolean dvr, boolean fromStart) {
        int form = dvr ? fromStart ? 2 : 1 : 0;
        PreparedReply made;
        synchronized (masters) {
            made = masters[form];
        }
        if (made == null) {
            String text = LivePlaylists.master(this, dvr, form == 2);
            if (text != null) {
                int target = options.targetDurationSeconds();
                made =
                        PreparedReply.of(
                                HttpReply.bytes(
                                                200,
                                                LivePlaylists.MIME,
                                                text.getBytes(StandardCharsets.UTF_8))
                                        .cacheControl("max-age=" + (ended ? target : target / 2)));
                synchronized (masters) {
                    masters[form] = made;
                }
            }
        }
        return made;
    }

    /// @param startable whether also {@link #whenStartable}
    void playable(boolean startable) {
        becamePlayable = true;
        becameStartable |= startable;
        showSoon();
    }

    /// A rendition consists of something else now.
    void changed() {
        changed = true;
        showSoon();
    }

    /// A window has a new fragment or segment, or its end.
    void grown(TrackWindow window) {
        grown.add(window);
        showSoon();
    }

    private void showSoon() {
        if (showing) {
            return;
        }
        showing = true;
        try {
            loop.execute(this::show);
        } catch (RejectedExecutionException _) {
            show(); // the loop has stopped: nobody else is there
        }
    }

    private void show() {
        showing = false;
        if (changed) {
            changed = false;
            grown.addAll(windows());
        }
        for (TrackWindow window : grown) {
            feed(window).show(state(window));
        }
        grown.clear();
        dash.observe(renditions.values());
        dashPast.observe(renditions.values());
        feeds.keySet().removeIf(window -> window(window.id()) != window);
        synchronized (masters) {
            Arrays.fill(masters, null);
        }
        if (becameStartable || ended) {
            startable.complete(null);
        }
        if (becamePlayable && playable.complete(null)) {
            onPlayable.run();
        } else if (ended) {
            playable.complete(null);
        }
    }

    void renditionEnded(RenditionWindow rendition) {
        live--;
        lastSequences.put(rendition.rendition(), rendition.nextSequence() - 1);
        if (live > 0) {
            renditions.remove(rendition.rendition(), rendition);
            showSoon();
            return;
        }
        ended = true;
        showSoon();
        onEnded.accept(this);
    }
}
