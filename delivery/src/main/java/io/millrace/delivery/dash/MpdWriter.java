package io.millrace.delivery.dash;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.packaging.Presentation;

import java.util.Locale;

/// The static MPD of a presentation: one period per clip.
///
///     MPD
///       Period ...
///         AdaptationSet ...      PeriodWriter
public final class MpdWriter {
    private MpdWriter() {}

    public static String write(Presentation presentation) throws UnsupportedMediaException {
        XmlWriter xml = new XmlWriter();
        int target = presentation.targetDurationSeconds();
        xml.open("MPD")
                .attribute("xmlns", "urn:mpeg:dash:schema:mpd:2011")
                .attribute("profiles", "urn:mpeg:dash:profile:isoff-live:2011")
                .attribute("type", "static")
                .attribute("mediaPresentationDuration", duration(presentation.durationUs()))
                .attribute("maxSegmentDuration", "PT" + (target + 1) + "S")
                .attribute("minBufferTime", "PT" + target + "S");
        for (Presentation.Clip clip : presentation.clips()) {
            xml.open("Period")
                    .attribute("id", clip.number())
                    .attribute("start", clip.number() == 1 ? "PT0S" : duration(clip.startUs()))
                    .attribute("duration", duration(clip.durationUs()));
            new PeriodWriter(xml, presentation, clip).write();
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
