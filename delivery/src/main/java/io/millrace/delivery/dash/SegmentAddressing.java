package io.millrace.delivery.dash;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentPlan;
import io.millrace.delivery.packaging.SegmentTimes;
import io.millrace.delivery.packaging.SingleFile;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TextSegment;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.packaging.TrackPick;

import java.util.List;

/// How a representation's segments are found: what stands inside `Representation`.
///
/// By `$Number$` always, so that names are the same as HLS's: with an exact `SegmentTimeline` in
/// the track's own timescale, or with one nominal duration, for players that know no timelines and
/// sources with regular key frames. Or as byte ranges of a file.
final class SegmentAddressing {
    /// Fragment layout token in names; nginx-vod's clients send `x3` back.
    static final int VERSION = 3;

    private final XmlWriter xml;
    private final Presentation presentation;
    private final Presentation.Clip clip;
    private final MediaSet set;
    private final MediaRequestName.Kind kind;

    SegmentAddressing(
            XmlWriter xml,
            Presentation presentation,
            Presentation.Clip clip,
            MediaRequestName.Kind kind) {
        this.xml = xml;
        this.presentation = presentation;
        this.clip = clip;
        this.set = clip.set();
        this.kind = kind;
    }

    static Rendition rendition(TrackPick pick) {
        return pick.track().isVideo() ? new Rendition(pick, null) : new Rendition(null, pick);
    }

    private boolean isOnDemand() {
        return kind == MediaRequestName.Kind.DASH_ONDEMAND_MPD;
    }

    private int clipToken() {
        return presentation.isOneClip() ? 0 : clip.number();
    }

    /// Attributes of the open `AdaptationSet`.
    void alignment() {
        String aligned = set.plan().isAligned() ? "true" : "false";
        // Segments that open with leading pictures of an open group are of SAP type 3.
        int sap = set.plan().isIndependent() ? 1 : 3;
        if (isOnDemand()) {
            xml.attribute("subsegmentAlignment", aligned).attribute("subsegmentStartsWithSAP", sap);
        } else {
            xml.attribute("segmentAlignment", aligned).attribute("startWithSAP", sap);
        }
    }

    void write(TrackPick pick) throws UnsupportedMediaException {
        switch (kind) {
            case DASH_ONDEMAND_MPD -> onDemand(pick);
            case DASH_NUMBER_MPD -> numbers(pick);
            default -> timeline(pick);
        }
    }

    private void onDemand(TrackPick pick) throws UnsupportedMediaException {
        Rendition rendition = rendition(pick);
        SingleFile file = SingleFile.of(set, rendition);
        xml.element(
                "BaseURL",
                set.nameOf(MediaRequestName.Kind.SINGLE_FILE, 0, clipToken(), rendition, VERSION));
        xml.open("SegmentBase")
                .attribute("timescale", pick.track().timescale())
                .attribute("indexRange", file.initBytes() + "-" + (file.headBytes() - 1))
                .attribute("indexRangeExact", "true");
        presentationTimeOffset(pick.track().timescale());
        xml.open("Initialization").attribute("range", "0-" + (file.initBytes() - 1)).close();
        xml.close();
    }

    private void numbers(TrackPick pick) {
        Track track = pick.track();
        SegmentPlan plan = set.plan();
        long ticks = Timescale.rescale(plan.totalTicks(), plan.timescale(), track.timescale());
        template(track.timescale(), clip.segmentNumber(0));
        // So long that a player counts as many segments as there are.
        xml.attribute("duration", Math.max(1, (ticks + plan.count() - 1) / plan.count()));
        xml.close();
    }

    private void template(int timescale, int startNumber) {
        xml.open("SegmentTemplate")
                .attribute("timescale", timescale)
                .attribute("media", "fragment-$Number$-$RepresentationID$.m4s")
                .attribute(
                        "initialization",
                        presentation.isOneClip()
                                ? "init-$RepresentationID$.mp4"
                                : "init-c" + clip.number() + "-$RepresentationID$.mp4")
                .attribute("startNumber", startNumber);
        presentationTimeOffset(timescale);
    }

    /// The period starts where the clip's first cut is.
    private void presentationTimeOffset(int timescale) {
        SegmentPlan plan = set.plan();
        long offset = Timescale.rescale(plan.cut(0), plan.timescale(), timescale);
        if (offset > 0) {
            xml.attribute("presentationTimeOffset", offset);
        }
    }

    private void timeline(TrackPick pick) {
        SegmentTimes times = SegmentTimes.of(set.planned(pick));
        int first = times.firstSegment();
        template(pick.track().timescale(), clip.segmentNumber(first));
        xml.open("SegmentTimeline");
        Run run = new Run(times.start(first));
        for (int k = first; k < times.count(); k++) {
            // The segment before reaches over one that has no sample.
            if (!times.isEmpty(k)) {
                int next = k + 1;
                while (next < times.count() && times.isEmpty(next)) {
                    next++;
                }
                run.add(times.start(next) - times.start(k));
            }
        }
        run.end();
        xml.close().close();
    }

    /// The timeline of subtitles in fragments: one in each segment, from the first.
    void writeText() {
        SegmentPlan plan = set.plan();
        template(TextSegment.TIMESCALE, clip.segmentNumber(0));
        xml.open("SegmentTimeline");
        Run run = new Run(TextSegment.startMs(plan, 0));
        for (int k = 0; k < plan.count(); k++) {
            run.add(TextSegment.startMs(plan, k + 1) - TextSegment.startMs(plan, k));
        }
        run.end();
        xml.close().close();
    }

    String textFile(TextPick text) {
        return MediaRequestName.write(
                MediaRequestName.Kind.DASH_VTT,
                0,
                clipToken(),
                List.of(new MediaRequestName.Sequence(text.sequence(), "", TrackFilter.UNSAID)),
                TrackFilter.UNSAID,
                0);
    }

    /// `S` elements, equal neighbours in one.
    private final class Run {
        private final long start;
        private boolean first = true;
        private long duration;
        private int count;

        Run(long start) {
            this.start = start;
        }

        void add(long next) {
            if (count > 0 && next == duration) {
                count++;
                return;
            }
            end();
            duration = next;
            count = 1;
        }

        void end() {
            if (count == 0) {
                return;
            }
            xml.open("S");
            if (first) {
                xml.attribute("t", start);
                first = false;
            }
            xml.attribute("d", Math.max(1, duration));
            if (count > 1) {
                xml.attribute("r", count - 1);
            }
            xml.close();
        }
    }
}
