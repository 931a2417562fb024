package io.millrace.delivery.dash;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.FrameRate;
import io.millrace.delivery.media.LanguageTag;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.Bandwidth;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.Selection;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TextPick;
import io.millrace.delivery.packaging.TrackFilter;
import io.millrace.delivery.packaging.TrackPick;
import io.millrace.delivery.packaging.VideoLook;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What one clip offers: an adaptation set per codec family (and language, for audio).
///
///     AdaptationSet ...
///       SupplementalProperty, Label, Accessibility, Role
///       Representation ...
///         AudioChannelConfiguration
///         SegmentTemplate | SegmentBase | BaseURL        SegmentAddressing
///     AdaptationSet                                      ImageSetWriter
final class PeriodWriter {
    private static final String ROLE = "urn:mpeg:dash:role:2011";

    private final XmlWriter xml;
    private final Presentation presentation;
    private final MediaSet set;
    private final Selection selection;
    private final SegmentAddressing addressing;
    private final boolean ttml;
    private final boolean images;
    private final Presentation.Clip clip;

    PeriodWriter(
            XmlWriter xml,
            Presentation presentation,
            Presentation.Clip clip,
            MediaRequestName name) {
        this.xml = xml;
        this.presentation = presentation;
        this.set = clip.set();
        this.selection = new Selection(set, name);
        this.addressing = new SegmentAddressing(xml, presentation, clip, name.kind());
        this.clip = clip;
        // The on-demand profile has no templates.
        this.images = name.kind() != MediaRequestName.Kind.DASH_ONDEMAND_MPD;
        this.ttml = name.kind() == MediaRequestName.Kind.DASH_STPP_MPD;
    }

    /// Writes the adaptation sets into the open `Period`.
    void write() throws UnsupportedMediaException {
        int id = 1;
        for (List<TrackPick> family : families(selection.videos())) {
            videoSet(family, id++);
        }
        boolean main = true;
        for (List<TrackPick> family : families(selection.audios())) {
            audioSet(family, id++, main);
            main = false;
        }
        if (id == 1) {
            throw new UnsupportedMediaException("no track of that name to play");
        }
        for (TextPick text : selection.texts()) {
            textSet(text, id++);
        }
        if (images && !selection.videos().isEmpty()) {
            Track track = selection.videos().getFirst().track();
            ImageSetWriter.write(xml, presentation, clip, track, id);
        }
    }

    /// Tracks that may share an adaptation set: same codec and dynamic range, for audio the same
    /// language, channels and label.
    private List<List<TrackPick>> families(List<TrackPick> picks) {
        Map<String, List<TrackPick>> families = new LinkedHashMap<>();
        for (TrackPick pick : picks) {
            Track track = pick.track();
            String codecs = track.codec().dashCodecs();
            int dot = codecs.indexOf('.');
            String key = dot < 0 ? codecs : codecs.substring(0, dot);
            if (track.isVideo()) {
                key += ' ' + VideoLook.range(track).name();
            } else {
                key += ' ' + set.languageOf(pick) + ' ' + track.audio().channels();
                key += ' ' + labels(pick).label();
            }
            families.computeIfAbsent(key, k -> new ArrayList<>()).add(pick);
        }
        return List.copyOf(families.values());
    }

    private SourceLabels labels(TrackPick pick) {
        return set.sources().get(pick.source()).labels();
    }

    private void adaptationSet(int id, String type) {
        xml.open("AdaptationSet")
                .attribute("id", id)
                .attribute("contentType", type)
                .attribute("mimeType", type + "/mp4");
        addressing.alignment();
    }

    private void videoSet(List<TrackPick> videos, int id) throws UnsupportedMediaException {
        adaptationSet(id, "video");
        int maxWidth = 0;
        int maxHeight = 0;
        boolean sameShape = true;
        String par = aspect(videos.getFirst().track());
        for (TrackPick pick : videos) {
            maxWidth = Math.max(maxWidth, VideoLook.width(pick.track(), true));
            maxHeight = Math.max(maxHeight, VideoLook.height(pick.track(), true));
            sameShape = sameShape && aspect(pick.track()).equals(par);
        }
        if (videos.size() > 1) {
            xml.attribute("maxWidth", maxWidth).attribute("maxHeight", maxHeight);
        }
        if (sameShape && maxWidth > 0 && maxHeight > 0) {
            xml.attribute("par", par);
        }
        ContentProtections.write(xml, presentation.protection());
        PictureColors.write(xml, videos.getFirst().track().video().color());
        closedCaptions();
        descriptor("Role", ROLE, "main");
        for (TrackPick pick : videos) {
            Track track = pick.track();
            representation(pick);
            // Sizes are as displayed, so pixels are square.
            xml.attribute("width", VideoLook.width(track, true))
                    .attribute("height", VideoLook.height(track, true));
            FrameRate rate = track.frameRate();
            if (rate != null) {
                xml.attribute("frameRate", rate.ratio());
            }
            xml.attribute("sar", "1:1");
            addressing.write(pick);
            xml.close();
        }
        xml.close();
    }

    private static String aspect(Track video) {
        int width = VideoLook.width(video, true);
        int height = VideoLook.height(video, true);
        int divisor = BigInteger.valueOf(width).gcd(BigInteger.valueOf(height)).intValue();
        return divisor == 0 ? "" : width / divisor + ":" + height / divisor;
    }

    /// SCTE 214-1: `CC1=eng;CC3=swe`, and for CEA-708 `1=lang:eng`.
    private void closedCaptions() {
        StringBuilder channels = new StringBuilder();
        StringBuilder services = new StringBuilder();
        for (ClosedCaption caption : presentation.closedCaptions()) {
            String tag = LanguageTag.bcp47(caption.language());
            String language = tag == null ? "" : tag;
            if (caption.isService()) {
                separate(services)
                        .append(caption.channel().substring("SERVICE".length()))
                        .append(language.isEmpty() ? "" : "=lang:" + language);
            } else {
                separate(channels)
                        .append(caption.channel())
                        .append(language.isEmpty() ? "" : "=" + language);
            }
        }
        if (!channels.isEmpty()) {
            descriptor("Accessibility", "urn:scte:dash:cc:cea-608:2015", channels.toString());
        }
        if (!services.isEmpty()) {
            descriptor("Accessibility", "urn:scte:dash:cc:cea-708:2015", services.toString());
        }
    }

    private static StringBuilder separate(StringBuilder list) {
        return list.isEmpty() ? list : list.append(';');
    }

    private void audioSet(List<TrackPick> audios, int id, boolean main)
            throws UnsupportedMediaException {
        TrackPick first = audios.getFirst();
        adaptationSet(id, "audio");
        language(set.languageOf(first));
        ContentProtections.write(xml, presentation.protection());
        if (!labels(first).label().isBlank()) {
            xml.element("Label", labels(first).label());
        }
        descriptor("Role", ROLE, main ? "main" : "alternate");
        for (TrackPick pick : audios) {
            Track track = pick.track();
            representation(pick);
            xml.attribute("audioSamplingRate", track.audio().sampleRate());
            AudioChannels.write(xml, track);
            addressing.write(pick);
            xml.close();
        }
        xml.close();
    }

    private void language(String language) {
        String tag = LanguageTag.bcp47(language);
        if (tag != null) {
            xml.attribute("lang", tag);
        }
    }

    private void descriptor(String element, String scheme, String value) {
        xml.open(element).attribute("schemeIdUri", scheme).attribute("value", value).close();
    }

    private void representation(TrackPick pick) throws UnsupportedMediaException {
        Rendition rendition = SegmentAddressing.rendition(pick);
        Bandwidth bandwidth =
                Bandwidth.dash(
                        new Bandwidth.Segments(
                                set.plan(),
                                set.segmentSizes(
                                        rendition, SegmentFormat.FMP4, presentation.protection())),
                        presentation.targetDurationSeconds());
        xml.open("Representation")
                .attribute("id", set.representationId(rendition, SegmentAddressing.VERSION))
                .attribute("codecs", pick.track().codec().dashCodecs())
                .attribute("bandwidth", Math.max(1, bandwidth.peak()));
    }

    private void textSet(TextPick text, int id) {
        String tokens =
                MediaRequestName.write(
                        MediaRequestName.Kind.FMP4_INIT,
                        0,
                        List.of(
                                new MediaRequestName.Sequence(
                                        text.sequence(), "", TrackFilter.UNSAID)),
                        TrackFilter.UNSAID,
                        SegmentAddressing.VERSION);
        String representation =
                tokens.substring("init-".length(), tokens.length() - ".mp4".length());
        xml.open("AdaptationSet").attribute("id", id).attribute("contentType", "text");
        xml.attribute("mimeType", ttml ? "application/mp4" : "text/vtt");
        if (ttml) {
            xml.attribute("codecs", "stpp.ttml.im1t").attribute("segmentAlignment", "true");
            xml.attribute("startWithSAP", 1);
        }
        language(text.language());
        if (!text.labels().label().isBlank()) {
            xml.element("Label", text.labels().label());
        }
        descriptor("Role", ROLE, "subtitle");
        if (text.labels().isDefault()) {
            descriptor("Role", ROLE, "main");
        }
        double seconds = Math.max(1, presentation.durationUs() / (double) Timescale.MICROSECONDS);
        xml.open("Representation")
                .attribute("id", representation)
                .attribute(
                        "bandwidth",
                        Math.max(256, (long) (text.text().estimatedBytes() * 8 / seconds)));
        if (ttml) {
            addressing.writeText();
        } else {
            xml.element("BaseURL", addressing.textFile(text));
        }
        xml.close().close();
    }
}
