package io.millrace.liveingest.live;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.dash.AudioChannels;
import io.millrace.delivery.dash.PictureColors;
import io.millrace.delivery.dash.XmlWriter;
import io.millrace.delivery.media.FrameRate;
import io.millrace.delivery.media.Timescale;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// Writes the MPD of a live stream, ISO/IEC 23009-1 §5.
///
///     MPD dynamic
///       Period                     DashTimeline
///         AdaptationSet            video of one codec, all renditions; each of the sounds
///           Representation         SegmentTimeline, $Time$
///       UTCTiming
///
/// The timeline also has the segment that is being made and, from an encoder of steady habits, the
/// one after it: they are streamed as they grow, so a player need not ask for the MPD again to stay
/// close to the live edge.
final class LiveMpd {
    static final String MIME = "application/dash+xml";

    /// How soon players ask again where nobody knows when the next segment begins.
    private static final Duration UNSTEADY = Duration.ofMillis(500);

    private final LivePresentation presentation;
    private final DashTimeline.Line line;
    private final String timeUrl;
    private final XmlWriter xml = new XmlWriter();
    private final List<ShownTrack> videos = new ArrayList<>();
    private Duration pastLength = Duration.ZERO;
    private final List<ShownTrack> sounds = new ArrayList<>();
    private final @Nullable ShownTrack lead;
    private final SegmentForecast forecast;

    /// @param timeUrl tells the time
    /// @param past whether of what players may go back in, and as far as they may
    LiveMpd(LivePresentation presentation, DashTimeline.Line line, String timeUrl, boolean past) {
        this.presentation = presentation;
        this.line = line;
        this.timeUrl = timeUrl;
        List<RenditionWindow> listed = new ArrayList<>();
        for (RenditionWindow rendition : presentation.renditions()) {
            DvrWindow dvr = past ? rendition.dvr() : null;
            if (past && dvr == null) {
                continue;
            }
            if (dvr != null) {
                pastLength = dvr.length();
            }
            listed.add(rendition);
            add(videos, rendition.video(), dvr);
        }
        for (RenditionWindow rendition : Sounds.of(listed)) {
            add(sounds, rendition.audio(), past ? rendition.dvr() : null);
        }
        lead = !videos.isEmpty() ? videos.getFirst() : sounds.isEmpty() ? null : sounds.getFirst();
        forecast = lead == null ? SegmentForecast.UNKNOWN : SegmentForecast.of(lead.view());
    }

    private static void add(
            List<ShownTrack> shown, @Nullable TrackWindow window, @Nullable DvrWindow dvr) {
        if (window != null) {
            TrackWindow.View view = window.view();
            shown.add(
                    new ShownTrack(
                            window.id(), dvr == null ? view : dvr.track(window.kind()).view(view)));
        }
    }

    /// @param now when it is made
    String text(Instant now) {
        if (lead == null) {
            return "";
        }
        long segmentMs = forecast.lengthMs();
        xml.open("MPD")
                .attribute("xmlns", "urn:mpeg:dash:schema:mpd:2011")
                .attribute(
                        "profiles",
                        "urn:mpeg:dash:profile:isoff-live:2011,"
                                + "http://www.dashif.org/guidelines/low-latency-live-v5")
                .attribute("type", "dynamic")
                .attribute("availabilityStartTime", time(line.start()))
                .attribute("publishTime", time(now));
        if (lead.view().ended()) {
            xml.attribute("mediaPresentationDuration", seconds(end(lead.view())));
        } else {
            xml.attribute(
                    "minimumUpdatePeriod",
                    seconds(forecast.steady() ? Duration.ofMillis(segmentMs) : UNSTEADY));
        }
        xml.attribute("minBufferTime", seconds(Duration.ofMillis(segmentMs)))
                .attribute("timeShiftBufferDepth", seconds(depth(lead.view(), segmentMs)))
                .attribute(
                        "suggestedPresentationDelay",
                        seconds(Duration.ofMillis(targetMs() + segmentMs)))
                .attribute(
                        "maxSegmentDuration",
                        "PT" + presentation.options().targetDurationSeconds() + "S");
        latency();
        List<DashTimeline.Period> periods = line.periods();
        for (int i = 0; i < (hasBegun(periods) ? periods.size() : periods.size() - 1); i++) {
            period(
                    periods.get(i),
                    i + 1 < periods.size() ? periods.get(i + 1).startMs() : Long.MAX_VALUE,
                    i > 0 ? periods.get(i - 1) : null);
        }
        timing();
        return xml.close().text();
    }

    /// Whether the last period has something of all that the one before it had, or will not get it
    /// any more: Shaka never fetches a track that a period did not have when it saw it first.
    private boolean hasBegun(List<DashTimeline.Period> periods) {
        if (periods.size() < 2 || lead == null) {
            return true;
        }
        DashTimeline.Period last = periods.getLast();
        DashTimeline.Period before = periods.get(periods.size() - 2);
        boolean segmentIsWhole =
                lead.view().kept().stream()
                        .anyMatch(
                                segment ->
                                        ShownTrack.isIn(segment.startMs(), last, Long.MAX_VALUE));
        if (segmentIsWhole || lead.view().ended()) {
            return true;
        }
        return Stream.concat(videos.stream(), sounds.stream())
                .allMatch(
                        shown ->
                                shown.trackIn(before, last.startMs()) == null
                                        || shown.trackIn(last, Long.MAX_VALUE) != null);
    }

    private void timing() {
        xml.open("UTCTiming")
                .attribute("schemeIdUri", "urn:mpeg:dash:utc:http-iso:2014")
                .attribute("value", timeUrl)
                .close();
    }

    private Duration end(TrackWindow.View view) {
        DashTimeline.Period last = line.periods().getLast();
        long endMs = last.startMs();
        if (!view.kept().isEmpty()) {
            LiveSegment newest = view.kept().getLast();
            endMs = Math.max(endMs, newest.startMs() + newest.durationMs());
        }
        return line.startOf(last).plusMillis(endMs - last.startMs());
    }

    /// How far players may go back. While a stream is younger than its window, what the window will
    /// be: players take a depth that grows for one that drops what they are about to play.
    private Duration depth(TrackWindow.View view, long segmentMs) {
        LiveWindowOptions options = presentation.options();
        List<LiveSegment> listed = view.listed();
        Duration listedDepth =
                Duration.ofMillis(
                        Math.max(
                                segmentMs,
                                listed.stream().mapToLong(LiveSegment::durationMs).sum()));
        if (pastLength.isPositive()) {
            return listedDepth.compareTo(pastLength) < 0 ? pastLength : listedDepth;
        }
        return listed.size() < options.segments()
                ? Duration.ofMillis(options.segments() * segmentMs)
                : listedDepth;
    }

    /// How far behind players shall be. Also what is suggested to those that know of no low
    /// latency: Shaka adds the two.
    private long targetMs() {
        return Math.max(2000, 6 * presentation.options().longestPartMs());
    }

    private void latency() {
        long part = presentation.options().longestPartMs();
        xml.open("ServiceDescription").attribute("id", 0);
        xml.open("Latency")
                .attribute("referenceId", 0)
                .attribute("target", targetMs())
                .attribute("min", 2 * part)
                .attribute("max", Math.max(8000, 24 * part))
                .close();
        xml.open("PlaybackRate").attribute("min", "0.96").attribute("max", "1.04").close();
        xml.close();
    }

    /// Tracks between which players switch.
    private record TrackSet(
            int id, String type, String role, String family, List<ShownTrack> tracks) {}

    /// @param before the period that it follows, if the MPD has that
    private void period(
            DashTimeline.Period period, long untilMs, DashTimeline.@Nullable Period before) {
        xml.open("Period")
                .attribute("id", period.id())
                .attribute("start", seconds(line.startOf(period)));
        for (TrackSet set : sets(period, untilMs)) {
            adaptationSet(set, period, untilMs, before);
        }
        xml.close();
    }

    private List<TrackSet> sets(DashTimeline.Period period, long untilMs) {
        Map<String, List<ShownTrack>> families = new LinkedHashMap<>();
        for (ShownTrack video : videos) {
            LiveTrack track = video.trackIn(period, untilMs);
            if (track != null) {
                families.computeIfAbsent(family(track), _ -> new ArrayList<>()).add(video);
            }
        }
        List<TrackSet> sets = new ArrayList<>();
        families.forEach(
                (family, tracks) ->
                        sets.add(new TrackSet(sets.size() + 1, "video", "main", family, tracks)));
        for (ShownTrack sound : sounds) {
            LiveTrack track = sound.trackIn(period, untilMs);
            if (track != null) {
                String role = sound == sounds.getFirst() ? "main" : "alternate";
                sets.add(
                        new TrackSet(
                                sets.size() + 1, "audio", role, family(track), List.of(sound)));
            }
        }
        return sets;
    }

    /// What players can switch between: one codec, and pictures that mean the same brightness.
    private static String family(LiveTrack track) {
        String codecs = track.codec().dashCodecs();
        int dot = codecs.indexOf('.');
        String range =
                track.codec() instanceof VideoConfig video ? video.color().range().name() : "";
        return (dot < 0 ? codecs : codecs.substring(0, dot)) + ' ' + range;
    }

    /// What a set is to the one with its number in the period before: what that one's init segment
    /// decodes and, when no time lies between, its continuation, ISO/IEC 23009-1 §5.3.2.4. Players
    /// then need neither new decoders nor buffers. Null when it is neither.
    private @Nullable String relation(
            TrackSet set, DashTimeline.Period period, long untilMs, DashTimeline.Period before) {
        boolean any = false;
        boolean continuous =
                Duration.between(before.startedAt(), period.startedAt()).toMillis()
                        == period.startMs() - before.startMs();
        for (TrackSet earlier : sets(before, period.startMs())) {
            if (earlier.id() != set.id()
                    || !earlier.type().equals(set.type())
                    || !earlier.family().equals(set.family())) {
                continue;
            }
            for (ShownTrack shown : set.tracks()) {
                if (earlier.tracks().stream().noneMatch(track -> track == shown)) {
                    continue;
                }
                String init = shown.initIn(period, untilMs);
                if (!init.equals(shown.initIn(before, period.startMs()))) {
                    return null;
                }
                any = true;
                continuous &= shown.follows(period, untilMs, before);
            }
        }
        return !any
                ? null
                : continuous
                        ? "urn:mpeg:dash:period-continuity:2015"
                        : "urn:mpeg:dash:period-connectivity:2015";
    }

    private void adaptationSet(
            TrackSet set,
            DashTimeline.Period period,
            long untilMs,
            DashTimeline.@Nullable Period before) {
        xml.open("AdaptationSet")
                .attribute("id", set.id())
                .attribute("contentType", set.type())
                .attribute("mimeType", set.type() + "/mp4")
                .attribute("segmentAlignment", "true")
                .attribute("startWithSAP", 1);
        LiveTrack first = set.tracks().getFirst().trackIn(period, untilMs);
        if (first != null && first.codec() instanceof VideoConfig video) {
            PictureColors.write(xml, video.color());
        }
        String relation = before == null ? null : relation(set, period, untilMs, before);
        if (before != null && relation != null) {
            xml.open("SupplementalProperty")
                    .attribute("schemeIdUri", relation)
                    .attribute("value", before.id())
                    .close();
        }
        xml.open("Role")
                .attribute("schemeIdUri", "urn:mpeg:dash:role:2011")
                .attribute("value", set.role())
                .close();
        for (ShownTrack shown : set.tracks()) {
            LiveTrack track = shown.trackIn(period, untilMs);
            if (track != null) {
                representation(shown, track, period, untilMs);
            }
        }
        xml.close();
    }

    private void representation(
            ShownTrack shown, LiveTrack track, DashTimeline.Period period, long untilMs) {
        TrackWindow.View view = shown.view();
        long offset =
                Timescale.rescale(period.startMs(), Timescale.MILLISECONDS, track.timescale());
        xml.open("Representation")
                .attribute("id", shown.id())
                .attribute("codecs", track.codec().dashCodecs())
                .attribute(
                        "bandwidth",
                        Math.max(
                                1,
                                Math.max(view.peakBitsPerSecond(), view.averageBitsPerSecond())));
        if (track.codec() instanceof VideoConfig video && video.width() > 0) {
            xml.attribute("width", video.width()).attribute("height", video.height());
            FrameRate rate = LiveFrameRate.of(view);
            if (rate != null) {
                xml.attribute("frameRate", rate.ratio());
            }
        } else if (track.codec() instanceof AudioConfig sound) {
            xml.attribute("audioSamplingRate", sound.sampleRate());
            AudioChannels.write(xml, sound);
        }
        xml.open("ProducerReferenceTime")
                .attribute("id", 0)
                .attribute("inband", "true")
                .attribute("type", "encoder")
                .attribute("wallClockTime", time(period.startedAt()))
                .attribute("presentationTime", offset);
        timing(); // without it Shaka takes the time for one of NTP
        xml.close();
        String init = shown.initIn(period, untilMs);
        long expected = forecast.lengthMs();
        xml.open("SegmentTemplate")
                .attribute("timescale", track.timescale())
                .attribute("presentationTimeOffset", offset)
                .attribute("initialization", init)
                .attribute("media", LivePlaylists.timedSegments(init))
                .attribute(
                        "availabilityTimeOffset",
                        String.format(
                                Locale.ROOT,
                                "%.3f",
                                Math.max(0, expected - presentation.options().longestPartMs())
                                        / 1000.0))
                .attribute("availabilityTimeComplete", "false");
        xml.open("SegmentTimeline");
        timeline(view, track, period, untilMs, init);
        xml.close().close().close();
    }

    private void timeline(
            TrackWindow.View view,
            LiveTrack track,
            DashTimeline.Period period,
            long untilMs,
            String init) {
        var runs = new SegmentRuns(xml);
        long end = -1;
        for (LiveSegment segment : view.listed()) {
            if (!segment.isGap()
                    && ShownTrack.isIn(segment.startMs(), period, untilMs)
                    && segment.initName().equals(init)) {
                end = segment.endTicks();
                runs.add(segment.startTicks(), end - segment.startTicks());
            }
        }
        if (!view.ended() && untilMs == Long.MAX_VALUE) {
            List<LiveFragment> open = view.open();
            if (!open.isEmpty() && ShownTrack.isIn(open.getFirst().startMs(), period, untilMs)) {
                LiveFragment last = open.getLast();
                long start = open.getFirst().startTicks();
                long next =
                        Math.max(
                                foretoldEnd(view, track, start),
                                last.startTicks() + last.durationTicks());
                runs.add(start, next - start);
                if (forecast.steady()) {
                    runs.add(next, foretoldEnd(view, track, next) - next);
                }
            } else if (open.isEmpty() && end >= 0 && forecast.steady()) {
                runs.add(end, foretoldEnd(view, track, end) - end);
            }
        }
        runs.write();
    }

    /// Where the segment will end that starts here, or will: all tracks are cut where the leading
    /// one is, sound at the first of its frames from there on.
    private long foretoldEnd(TrackWindow.View view, LiveTrack track, long start) {
        long length = Timescale.rescale(forecast.length(), forecast.timescale(), track.timescale());
        long end = start + length;
        if (track.isVideo()) {
            return end;
        }
        // The cut nearest to where the segment would end.
        long cut = end;
        if (forecast.tells()) {
            long first = forecast.end(forecast.openSequence() - 1, track.timescale());
            cut = first + length * Math.max(0, Math.round((double) (end - first) / length));
        }
        long frame = frameTicks(view);
        return frame <= 0 ? end : start + Math.max(1, Math.ceilDiv(cut - start, frame)) * frame;
    }

    private static long frameTicks(TrackWindow.View view) {
        List<LiveFragment> fragments =
                !view.open().isEmpty() || view.kept().isEmpty()
                        ? view.open()
                        : view.kept().getLast().fragments();
        return fragments.isEmpty() ? 0 : fragments.getFirst().samples().durations()[0];
    }

    private static String time(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "PT%.3fS", duration.toMillis() / 1000.0);
    }
}
