package io.millrace.delivery.dash;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.Presentation;

import java.util.Locale;

/// The static MPD of a presentation: one period per clip.
///
///     MPD
///       Period ...
///         AdaptationSet ...      PeriodWriter
///
/// | name | segments are addressed by | text |
/// |---|---|---|
/// | `manifest.mpd` | number, with an exact timeline | WebVTT files |
/// | `manifest-number.mpd` | number and one nominal duration | WebVTT files |
/// | `manifest-stpp.mpd` | number, with an exact timeline | TTML in fragments |
/// | `ondemand.mpd` | byte ranges of a file per representation | WebVTT files |
public final class MpdWriter {
    private MpdWriter() {}

    /// @param name of one of the MPD kinds; its tokens filter
    public static String write(Presentation presentation, MediaRequestName name)
            throws UnsupportedMediaException {
        XmlWriter xml = new XmlWriter();
        int target = presentation.targetDurationSeconds();
        boolean onDemand = name.kind() == MediaRequestName.Kind.DASH_ONDEMAND_MPD;
        xml.open("MPD")
                .attribute("xmlns", "urn:mpeg:dash:schema:mpd:2011")
                .attribute(
                        "profiles",
                        onDemand
                                ? "urn:mpeg:dash:profile:isoff-on-demand:2011"
                                : "urn:mpeg:dash:profile:isoff-live:2011")
                .attribute("type", "static")
                .attribute("mediaPresentationDuration", duration(presentation.durationUs()));
        if (!onDemand) {
            xml.attribute("maxSegmentDuration", "PT" + (target + 1) + "S");
        }
        xml.attribute("minBufferTime", "PT" + target + "S");
        ContentProtections.nameSpaces(xml, presentation.protection());
        for (Presentation.Clip clip : presentation.clips()) {
            xml.open("Period")
                    .attribute("id", clip.number())
                    .attribute("start", clip.number() == 1 ? "PT0S" : duration(clip.startUs()))
                    .attribute("duration", duration(clip.durationUs()));
            new PeriodWriter(xml, presentation, clip, name).write();
            xml.close();
        }
        return xml.close().text();
    }

    private static String duration(long micros) {
        return String.format(
                Locale.ROOT,
                "PT%d.%06dS",
                micros / Timescale.MICROSECONDS,
                micros % Timescale.MICROSECONDS);
    }
}
