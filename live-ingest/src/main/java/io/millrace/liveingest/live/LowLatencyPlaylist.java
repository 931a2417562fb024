package io.millrace.liveingest.live;

import java.util.List;

/// Writes a track's media playlist with partial segments, RFC 8216bis §4.4: segments, the parts of
/// the newest ones, what comes next, and how far the other tracks are.
final class LowLatencyPlaylist {
    /// Parts are listed so many target durations before the end.
    private static final int PARTS_TARGETS = 3;

    /// A client that is up to so many target durations behind may have old segments left out.
    private static final int SKIP_TARGETS = 6;

    private final String id;
    private final TrackWindow.View view;
    private final boolean dvr;
    private final LivePresentation presentation;
    private final LiveWindowOptions options;
    private final List<LiveSegment> listed;
    private final StringBuilder out;
    private String map = "";

    /// @param dvr whether it is of the whole window that players may go back in
    LowLatencyPlaylist(
            String id, TrackWindow.View view, LivePresentation presentation, boolean dvr) {
        this.id = id;
        this.view = view;
        this.dvr = dvr;
        this.presentation = presentation;
        this.options = presentation.options();
        this.listed = view.listed();
        this.out = new StringBuilder(1024 + (dvr ? 110 : 400) * listed.size());
    }

    /// @param mayskip whether old segments may be left out
    String text(boolean mayskip) {
        int target = options.targetDurationSeconds();
        out.append("#EXTM3U\n#EXT-X-VERSION:9\n");
        out.append("#EXT-X-TARGETDURATION:").append(target).append('\n');
        if (dvr && view.ended()) {
            out.append("#EXT-X-PLAYLIST-TYPE:VOD\n");
        }
        out.append("#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=")
                .append(SKIP_TARGETS * target)
                .append(".0,HOLD-BACK=")
                .append(3 * target)
                .append(".0,PART-HOLD-BACK=");
        LivePlaylists.seconds(out, 3 * options.longestPartMs()).append('\n');
        out.append("#EXT-X-PART-INF:PART-TARGET=");
        LivePlaylists.seconds(out, options.longestPartMs()).append('\n');
        out.append("#EXT-X-MEDIA-SEQUENCE:")
                .append(listed.isEmpty() ? view.openSequence() : listed.getFirst().sequence())
                .append('\n');
        if (view.discontinuitySequence() > 0) {
            out.append("#EXT-X-DISCONTINUITY-SEQUENCE:")
                    .append(view.discontinuitySequence())
                    .append('\n');
        }
        if (LivePlaylists.allIndependent(view)) {
            out.append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        }
        segments(mayskip);
        if (view.ended()) {
            out.append("#EXT-X-ENDLIST\n");
        } else {
            openSegment();
            reports();
        }
        return out.toString();
    }

    private void segments(boolean mayskip) {
        long openMs =
                view.openGap().ms()
                        + view.open().stream().mapToLong(LiveFragment::durationMs).sum();
        int from = mayskip ? olderThan(SKIP_TARGETS, openMs) : 0;
        if (from > 0) {
            out.append("#EXT-X-SKIP:SKIPPED-SEGMENTS=").append(from).append('\n');
        }
        int partsFrom = view.ended() ? listed.size() : olderThan(PARTS_TARGETS, openMs);
        for (int i = from; i < listed.size(); i++) {
            LiveSegment segment = listed.get(i);
            head(segment.discontinuity(), segment.initName());
            out.append("#EXT-X-PROGRAM-DATE-TIME:")
                    .append(LivePlaylists.dateTime(segment.startedAt()))
                    .append('\n');
            if (i >= partsFrom) {
                parts(segment.sequence(), segment.gap(), segment.fragments(), segment.initName());
            }
            if (segment.isGap()) {
                out.append("#EXT-X-GAP\n");
            }
            out.append("#EXTINF:");
            LivePlaylists.seconds(out, segment.durationMs()).append(",\n");
            out.append(LivePlaylists.segmentName(id, segment.sequence())).append('\n');
        }
    }

    /// How many of the first segments end more than so many target durations before the end.
    private int olderThan(int targets, long openMs) {
        long left = targets * 1000L * options.targetDurationSeconds() - openMs;
        int index = listed.size();
        while (index > 0 && left > 0) {
            index--;
            left -= listed.get(index).durationMs();
        }
        return index;
    }

    private void head(boolean discontinuity, String initName) {
        if (discontinuity) {
            out.append("#EXT-X-DISCONTINUITY\n");
        }
        if (discontinuity || !map.equals(initName)) {
            map = initName;
            out.append("#EXT-X-MAP:URI=\"").append(map).append("\"\n");
        }
    }

    /// Those that are missing first, §6.2.1. The segment itself is there all the same, as long as
    /// it has any media.
    private void parts(long sequence, PartGap gap, List<LiveFragment> fragments, String initName) {
        long missing = gap.ms();
        for (int i = 0; i < gap.parts(); i++) {
            long length = Math.min(missing, options.longestPartMs());
            missing -= length;
            part(sequence, i, length, initName).append(",GAP=YES\n");
        }
        for (int i = 0; i < fragments.size(); i++) {
            LiveFragment fragment = fragments.get(i);
            part(sequence, gap.parts() + i, fragment.durationMs(), initName);
            if (fragment.independent()) {
                out.append(",INDEPENDENT=YES");
            }
            out.append('\n');
        }
    }

    private StringBuilder part(long sequence, int part, long durationMs, String initName) {
        out.append("#EXT-X-PART:DURATION=");
        LivePlaylists.seconds(out, durationMs).append(",URI=\"");
        return LivePlaylists.partName(out, id, sequence, part, initName).append('"');
    }

    private void openSegment() {
        List<LiveFragment> open = view.open();
        if (!open.isEmpty()) {
            head(view.openDiscontinuity(), view.openInit());
            out.append("#EXT-X-PROGRAM-DATE-TIME:")
                    .append(
                            LivePlaylists.dateTime(
                                    open.getFirst().startedAt().minusMillis(view.openGap().ms())))
                    .append('\n');
            parts(view.openSequence(), view.openGap(), open, view.openInit());
        } else if (!listed.isEmpty() && !map.equals(view.openInit())) {
            out.append("#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"").append(view.openInit());
            out.append("\"\n");
        }
        out.append("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"");
        LivePlaylists.partName(out, id, view.openSequence(), view.openParts(), view.openInit())
                .append("\"\n");
    }

    private void reports() {
        for (TrackWindow other : presentation.windows()) {
            TrackWindow.View seen = other.view();
            if (other.id().equals(id)
                    || (dvr && presentation.dvr(other.id()) == null)
                    || (seen.kept().isEmpty() && seen.open().isEmpty())) {
                continue;
            }
            boolean inOpen = !seen.open().isEmpty();
            long sequence = inOpen ? seen.openSequence() : seen.kept().getLast().sequence();
            int parts = inOpen ? seen.openParts() : seen.kept().getLast().parts();
            out.append("#EXT-X-RENDITION-REPORT:URI=\"")
                    .append(LivePlaylists.playlistName(other.id(), dvr))
                    .append("\",LAST-MSN=")
                    .append(sequence);
            if (parts > 0) {
                out.append(",LAST-PART=").append(parts - 1);
            }
            out.append('\n');
        }
    }
}
