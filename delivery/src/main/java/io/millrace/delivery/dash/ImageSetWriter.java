package io.millrace.delivery.dash;

import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.thumbnail.SheetLayout;

/// The sheets of small pictures that players show while their user looks for a place, as an image
/// adaptation set (DASH-IF IOP 4.3 §6.2.6):
///
///     AdaptationSet contentType="image"
///       SegmentTemplate              a sheet per number, from 1 in each period
///       Representation               the size of a whole sheet
///         EssentialProperty          thumbnail_tile: columns x rows
final class ImageSetWriter {
    /// JPEG of this size takes about so many bits a pixel.
    private static final double BITS_PER_PIXEL = 1.5;

    private ImageSetWriter() {}

    /// @param track that the sheets show
    static void write(
            XmlWriter xml, Presentation presentation, Presentation.Clip clip, Track track, int id) {
        SheetLayout layout = SheetLayout.ofDuration(clip.durationUs());
        int width = layout.columns() * layout.width();
        int height = layout.rows() * layout.cellHeight(track);
        String selection = presentation.isOneClip() ? "" : "-c" + clip.number();
        double seconds = layout.sheetDurationMs() / 1000.0;
        xml.open("AdaptationSet")
                .attribute("id", id)
                .attribute("contentType", "image")
                .attribute("mimeType", layout.format().contentType());
        xml.open("SegmentTemplate")
                .attribute("timescale", 1000)
                .attribute("duration", layout.sheetDurationMs())
                .attribute("startNumber", 1)
                .attribute("media", layout.sheetTemplate(selection))
                .close();
        xml.open("Representation")
                .attribute("id", "thumbnails")
                .attribute("bandwidth", (long) Math.ceil(width * height * BITS_PER_PIXEL / seconds))
                .attribute("width", width)
                .attribute("height", height);
        xml.open("EssentialProperty")
                .attribute("schemeIdUri", "http://dashif.org/guidelines/thumbnail_tile")
                .attribute("value", layout.columns() + "x" + layout.rows())
                .close();
        xml.close();
        xml.close();
    }
}
