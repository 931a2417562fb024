package io.millrace.delivery.thumbnail;

import io.millrace.delivery.media.Track;

/// Small pictures of a video, one each interval, laid out row by row on sheets: what a player shows
/// while its user looks for a place. The names of sheets and of their map are made here, for the
/// WebVTT map, MPDs and playlists alike:
///
///     sprite-<intervalMs>-<columns>x<rows>-w<px>[-<n>].jpg|.webp     sheet n, from 1
///     sprites-<intervalMs>-<columns>x<rows>-w<px>.vtt                the map
///
/// Cell k (from 0) stands for `[k, k+1) × interval`; sheet n begins with cell `(n-1) × cells`.
///
/// @param intervalMs between two cells
/// @param width of a cell in pixels; its height follows from the video's aspect
public record SheetLayout(long intervalMs, int columns, int rows, int width, PictureFormat format) {
    public static final int MAX_CELLS = 400;

    /// What JPEG and WebP can hold.
    private static final int MAX_JPEG_SIDE = 65_500;

    private static final int MAX_WEBP_SIDE = 16_383;
    private static final long MAX_PIXELS = 32L << 20;
    public static final long MIN_INTERVAL_MS = 10;
    public static final long MAX_INTERVAL_MS = 3_600_000;
    private static final int MAX_CELL_SIDE = 1024;

    private static final long[] USUAL_INTERVALS_MS = {1000, 2000, 5000, 10_000, 20_000, 30_000};
    private static final int ENOUGH_CELLS = 250;

    /// The usual layout for a video: 5 × 5 pictures 160 pixels wide, one each second of a short
    /// video, one each half minute of a long one.
    public static SheetLayout ofDuration(long durationUs) {
        long interval = 0;
        for (long usual : USUAL_INTERVALS_MS) {
            interval = usual;
            if (durationUs / 1000 <= usual * ENOUGH_CELLS) {
                break;
            }
        }
        return new SheetLayout(interval, 5, 5, 160, PictureFormat.JPEG);
    }

    public SheetLayout {
        if (!isValid(intervalMs, columns, rows, width, format)) {
            throw new IllegalArgumentException(
                    "sheet: " + intervalMs + " ms, " + columns + "x" + rows + " of " + width);
        }
    }

    static boolean isValid(
            long intervalMs, long columns, long rows, long width, PictureFormat format) {
        return intervalMs >= MIN_INTERVAL_MS
                && intervalMs <= MAX_INTERVAL_MS
                && columns >= 1
                && rows >= 1
                && columns <= MAX_CELLS
                && rows <= MAX_CELLS
                && columns * rows <= MAX_CELLS
                && width >= 16
                && width <= MAX_CELL_SIDE
                && width * columns <= maxSide(format);
    }

    private static int maxSide(PictureFormat format) {
        return format == PictureFormat.JPEG ? MAX_JPEG_SIDE : MAX_WEBP_SIDE;
    }

    public int cells() {
        return columns * rows;
    }

    /// Cells that stand for a duration; at least one.
    public long cellsOf(long durationUs) {
        return Math.max(1, Math.ceilDiv(durationUs, intervalMs * 1000));
    }

    /// Sheets that stand for a duration; at least one. The last may be partly black.
    public long sheetsOf(long durationUs) {
        return Math.ceilDiv(cellsOf(durationUs), cells());
    }

    /// Of a whole sheet: `SegmentTemplate@duration` of an image adaptation set.
    public long sheetDurationMs() {
        return intervalMs * cells();
    }

    /// Pixels, even; a tall source is cut short rather than passing the sheet's limit.
    public int cellHeight(Track track) {
        boolean sideways = track.rotation().isSideways();
        double w = sideways ? track.displayHeight() : track.displayWidth();
        double h = sideways ? track.displayWidth() : track.displayHeight();
        long height = w <= 0 || h <= 0 ? width : Math.round(width * h / w / 2) * 2;
        long most = Math.min(MAX_CELL_SIDE, maxSide(format) / rows);
        most = Math.min(most, MAX_PIXELS / ((long) columns * width * rows)) & ~1;
        return (int) Math.clamp(height, 2, Math.max(2, most));
    }

    /// @param number from 1
    /// @param selection track and clip tokens, each with its dash; empty for the first video
    public String sheetName(long number, String selection) {
        return stem("sprite-") + "-" + number + selection + "." + format.extension();
    }

    /// With `$Number$` where DASH puts a sheet's number: `SegmentTemplate@media`.
    public String sheetTemplate(String selection) {
        return stem("sprite-") + "-$Number$" + selection + "." + format.extension();
    }

    public String mapName() {
        return stem("sprites-") + ".vtt";
    }

    private String stem(String word) {
        return word + intervalMs + "-" + columns + "x" + rows + "-w" + width;
    }
}
