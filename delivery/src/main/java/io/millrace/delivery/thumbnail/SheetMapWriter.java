package io.millrace.delivery.thumbnail;

import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.Presentation;

import java.util.List;
import java.util.Locale;

/// Writes the WebVTT map of sheets: for each cell a cue that names its sheet and where in it the
/// cell is (`#xywh=`, Media Fragments 1.0), as players take it for seek previews. Stateless.
public final class SheetMapWriter {
    private SheetMapWriter() {}

    /// A clip and the track of it that the sheets show.
    public record Part(Presentation.Clip clip, Track track) {}

    /// @param parts one after the other; with several, each begins a sheet of its own
    /// @param selection track tokens of the sheets' names
    public static String write(SheetLayout layout, List<Part> parts, String selection) {
        var map = new StringBuilder(256).append("WEBVTT\n");
        for (Part part : parts) {
            String tokens = parts.size() > 1 ? "-c" + part.clip().number() + selection : selection;
            writePart(map, layout, part, tokens);
        }
        return map.toString();
    }

    private static void writePart(
            StringBuilder map, SheetLayout layout, Part part, String selection) {
        int height = layout.cellHeight(part.track());
        long durationUs = part.clip().durationUs();
        long startMs = part.clip().startUs() / 1000;
        long cells = layout.cellsOf(durationUs);
        for (long cell = 0; cell < cells; cell++) {
            long from = cell * layout.intervalMs();
            long to = Math.min(from + layout.intervalMs(), Math.ceilDiv(durationUs, 1000L));
            int inSheet = (int) (cell % layout.cells());
            map.append('\n');
            time(map, startMs + from);
            map.append(" --> ");
            time(map, startMs + Math.max(to, from + 1));
            map.append('\n')
                    .append(layout.sheetName(cell / layout.cells() + 1, selection))
                    .append("#xywh=")
                    .append(inSheet % layout.columns() * layout.width())
                    .append(',')
                    .append(inSheet / layout.columns() * height)
                    .append(',')
                    .append(layout.width())
                    .append(',')
                    .append(height)
                    .append('\n');
        }
    }

    private static void time(StringBuilder map, long ms) {
        map.append(
                String.format(
                        Locale.ROOT,
                        "%02d:%02d:%02d.%03d",
                        ms / 3_600_000,
                        ms / 60_000 % 60,
                        ms / 1000 % 60,
                        ms % 1000));
    }
}
