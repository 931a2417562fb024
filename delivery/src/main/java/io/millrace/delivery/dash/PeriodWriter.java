package io.millrace.delivery.dash;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.FrameRate;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.AudioChoice;
import io.millrace.delivery.packaging.Bandwidth;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.PlannedTrack;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.SegmentPlan;
import io.millrace.delivery.packaging.TrackPick;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What one clip offers: an adaptation set per codec family (and language, for audio), segments by
/// `$Number$` with an exact `SegmentTimeline` in each track's own timescale.
///
///     AdaptationSet ...
///       Representation ...
///         AudioChannelConfiguration
///         SegmentTemplate SegmentTimeline S ...
final class PeriodWriter {
    /// Fragment layout token in names; nginx-vod's clients send `x3` back.
    private static final int VERSION = 3;

    private final XmlWriter xml;
    private final Presentation presentation;
    private final Presentation.Clip clip;
    private final MediaSet set;

    PeriodWriter(XmlWriter xml, Presentation presentation, Presentation.Clip clip) {
        this.xml = xml;
        this.presentation = presentation;
        this.clip = clip;
        this.set = clip.set();
    }

    /// Writes the adaptation sets into the open `Period`.
    void write() throws UnsupportedMediaException {
        int id = 1;
        for (List<TrackPick> family : families(set.videos())) {
            videoSet(family, id++);
        }
        boolean main = true;
        for (List<TrackPick> family : families(AudioChoice.distinct(set))) {
            audioSet(family, id++, main);
            main = false;
        }
    }

    /// Tracks that may share an adaptation set: same codec, and for audio the same language.
    private static List<List<TrackPick>> families(List<TrackPick> picks) {
        Map<String, List<TrackPick>> families = new LinkedHashMap<>();
        for (TrackPick pick : picks) {
            Track track = pick.track();
            String codecs = track.codec().dashCodecs();
            int dot = codecs.indexOf('.');
            String key = dot < 0 ? codecs : codecs.substring(0, dot);
            if (!track.isVideo()) {
                key += ' ' + track.language() + ' ' + track.audio().channels();
            }
            families.computeIfAbsent(key, k -> new ArrayList<>()).add(pick);
        }
        return List.copyOf(families.values());
    }

    private void adaptationSet(int id, String type) {
        xml.open("AdaptationSet")
                .attribute("id", id)
                .attribute("contentType", type)
                .attribute("mimeType", type + "/mp4")
                .attribute("segmentAlignment", set.plan().isAligned() ? "true" : "false")
                .attribute("startWithSAP", 1);
    }

    private void videoSet(List<TrackPick> videos, int id) throws UnsupportedMediaException {
        adaptationSet(id, "video");
        int maxWidth = 0;
        int maxHeight = 0;
        for (TrackPick pick : videos) {
            maxWidth = Math.max(maxWidth, pick.track().displayWidth());
            maxHeight = Math.max(maxHeight, pick.track().displayHeight());
        }
        if (videos.size() > 1) {
            xml.attribute("maxWidth", maxWidth).attribute("maxHeight", maxHeight);
        }
        for (TrackPick pick : videos) {
            Track track = pick.track();
            representation(pick);
            xml.attribute("width", track.displayWidth()).attribute("height", track.displayHeight());
            FrameRate rate = track.frameRate();
            if (rate != null) {
                xml.attribute("frameRate", rate.ratio());
            }
            xml.attribute("sar", "1:1");
            template(pick);
            xml.close();
        }
        xml.close();
    }

    private void audioSet(List<TrackPick> audios, int id, boolean main)
            throws UnsupportedMediaException {
        adaptationSet(id, "audio");
        String language = audios.getFirst().track().language();
        if (!language.equals("und")) {
            xml.attribute("lang", language);
        }
        xml.open("Role")
                .attribute("schemeIdUri", "urn:mpeg:dash:role:2011")
                .attribute("value", main ? "main" : "alternate")
                .close();
        for (TrackPick pick : audios) {
            Track track = pick.track();
            representation(pick);
            xml.attribute("audioSamplingRate", track.audio().sampleRate());
            xml.open("AudioChannelConfiguration")
                    .attribute("schemeIdUri", "urn:mpeg:mpegB:cicp:ChannelConfiguration")
                    .attribute("value", channelConfiguration(track.audio().channels()))
                    .close();
            template(pick);
            xml.close();
        }
        xml.close();
    }

    private void representation(TrackPick pick) throws UnsupportedMediaException {
        Rendition rendition = rendition(pick);
        Bandwidth bandwidth =
                Bandwidth.of(set.plan(), set.segmentSizes(rendition, SegmentFormat.FMP4));
        xml.open("Representation")
                .attribute("id", set.representationId(rendition, VERSION))
                .attribute("codecs", pick.track().codec().dashCodecs())
                .attribute("bandwidth", bandwidth.peak());
    }

    private static Rendition rendition(TrackPick pick) {
        return pick.track().isVideo() ? new Rendition(pick, null) : new Rendition(null, pick);
    }

    private void template(TrackPick pick) {
        PlannedTrack planned = set.planned(pick);
        Track track = pick.track();
        SegmentPlan plan = set.plan();
        int first = 0;
        while (planned.isEmpty(first)) {
            first++;
        }
        xml.open("SegmentTemplate")
                .attribute("timescale", track.timescale())
                .attribute("media", "fragment-$Number$-$RepresentationID$.m4s")
                .attribute("initialization", initialization())
                .attribute("startNumber", clip.segmentNumber(first));
        long offset = Timescale.rescale(plan.cut(0), plan.timescale(), track.timescale());
        if (offset > 0) {
            xml.attribute("presentationTimeOffset", offset);
        }
        xml.open("SegmentTimeline");
        long start = Math.max(0, track.presentationTime(planned.first(first)));
        boolean sayTime = true;
        int k = first;
        while (k < plan.count()) {
            long end = endOf(planned, k);
            long duration = end - start;
            int repeat = 0;
            int next = nextSegment(planned, k);
            long nextStart = end;
            while (next < plan.count() && endOf(planned, next) - nextStart == duration) {
                repeat++;
                nextStart = endOf(planned, next);
                next = nextSegment(planned, next);
            }
            xml.open("S");
            if (sayTime) {
                xml.attribute("t", start);
                sayTime = false;
            }
            xml.attribute("d", Math.max(1, duration));
            if (repeat > 0) {
                xml.attribute("r", repeat);
            }
            xml.close();
            start = nextStart;
            k = next;
        }
        xml.close().close();
    }

    private String initialization() {
        return presentation.isOneClip()
                ? "init-$RepresentationID$.mp4"
                : "init-c" + clip.number() + "-$RepresentationID$.mp4";
    }

    private int nextSegment(PlannedTrack planned, int after) {
        int k = after + 1;
        while (k < set.plan().count() && planned.isEmpty(k)) {
            k++;
        }
        return k;
    }

    private long endOf(PlannedTrack planned, int segment) {
        int next = nextSegment(planned, segment);
        Track track = planned.track();
        return next < set.plan().count()
                ? track.presentationTime(planned.first(next))
                : track.presentationEnd();
    }

    /// ISO/IEC 23091-3 layouts by channel count.
    private static int channelConfiguration(int channels) {
        return channels == 8 ? 12 : channels == 7 ? 11 : channels;
    }
}
