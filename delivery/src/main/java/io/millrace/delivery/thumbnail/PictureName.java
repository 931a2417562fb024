package io.millrace.delivery.thumbnail;

import io.millrace.delivery.packaging.MediaRequestName;

import org.jspecify.annotations.Nullable;

import java.util.Locale;
import java.util.Optional;

/// The last part of a picture's URL: nginx-vod's grammar of thumbnails, with tokens of ours.
///
///     thumb-[-|+]<ms>[-w<px>][-h<px>][-m<fit>][-q<1..100>][-u][-c<clip>][-f<n>|-s<id>][-v<n>][-e].jpg|.jpeg|.webp
///     sprite-<intervalMs>-<columns>x<rows>-w<px>[-<n>][-c…][-f…][-v…].jpg|.jpeg|.webp
///     sprites-<intervalMs>-<columns>x<rows>-w<px>[-c…][-f…][-v…].vtt
///
/// Read from left to right; dashes between tokens may be missing, as there. `--<ms>` counts from
/// the end. `m` is `fit`, `cover`, `pad` or `stretch`; `u` allows enlarging; `e` asks for the exact
/// frame. With a clip token a thumbnail's time is of that clip, else of the whole
/// presentation; a sheet is always of one clip, the first unless it says another.
public sealed interface PictureName {
    /// Which track of which clip, in the words of packaging names.
    MediaRequestName tracks();

    /// One moment.
    ///
    /// @param timeMs from the start, or before the end
    /// @param quality 1..100; 0: not said
    /// @param exact the frame shown at that moment; false: the key frame nearest to it
    record Thumbnail(
            long timeMs,
            boolean fromEnd,
            PictureSize size,
            int quality,
            boolean exact,
            PictureFormat format,
            MediaRequestName tracks)
            implements PictureName {}

    /// @param number from 1
    record Sheet(SheetLayout layout, int number, MediaRequestName tracks) implements PictureName {}

    /// @param selection the tokens of `tracks`, as they were written, with a dash in front
    record SheetMap(SheetLayout layout, MediaRequestName tracks, String selection)
            implements PictureName {}

    /// Whether a name looks like one of these, right or wrong.
    static boolean isLike(String fileName) {
        return fileName.startsWith("thumb-")
                || fileName.startsWith("sprite-")
                || fileName.startsWith("sprites-");
    }

    /// @return empty when the name is none of the grammar's: a bad request
    static Optional<PictureName> parse(String fileName) {
        int dot = fileName.lastIndexOf('.');
        if (dot <= 0 || fileName.length() > 256) {
            return Optional.empty();
        }
        String stem = fileName.substring(0, dot);
        String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
        PictureFormat format = PictureFormat.of(extension);
        if (format != null && stem.startsWith("thumb-")) {
            return Optional.ofNullable(Reader.of(stem, "thumb-").thumbnail(format));
        }
        if (format != null && stem.startsWith("sprite-")) {
            return Optional.ofNullable(Reader.of(stem, "sprite-").sheet(format));
        }
        if (extension.equals("vtt") && stem.startsWith("sprites-")) {
            return Optional.ofNullable(Reader.of(stem, "sprites-").map());
        }
        return Optional.empty();
    }

    /// Reads one name; null: it is wrong.
    final class Reader {
        private final String text;
        private int at;

        private Reader(String text, int at) {
            this.text = text;
            this.at = at;
        }

        private static Reader of(String stem, String word) {
            return new Reader(stem, word.length());
        }

        private @Nullable PictureName thumbnail(PictureFormat format) {
            boolean fromEnd = take('-');
            if (!fromEnd) {
                take('+');
            }
            long time = number();
            long width = token('w') ? number() : 0;
            long height = token('h') ? number() : 0;
            PictureSize.Fit fit = fit();
            long quality = token('q') ? number() : 0;
            boolean enlarge = token('u');
            String rest = text.substring(at);
            boolean exact = rest.equals("e") || rest.endsWith("-e");
            if (exact) {
                rest = rest.substring(0, rest.length() - (rest.equals("e") ? 1 : 2));
            }
            MediaRequestName tracks = tracks(rest);
            if (time < 0
                    || width < 0
                    || width > PictureSize.MAX_SIDE
                    || height < 0
                    || height > PictureSize.MAX_SIDE
                    || quality < 0
                    || quality > 100
                    || fit == null
                    || tracks == null) {
                return null;
            }
            return new Thumbnail(
                    time,
                    fromEnd,
                    new PictureSize((int) width, (int) height, fit, enlarge),
                    (int) quality,
                    exact,
                    format,
                    tracks);
        }

        private @Nullable PictureName sheet(PictureFormat format) {
            SheetLayout layout = layout(format);
            if (layout == null) {
                return null;
            }
            int before = at;
            long number = take('-') ? number() : -1;
            if (number < 0) {
                at = before;
                number = 1;
            }
            MediaRequestName tracks = tracks(text.substring(at));
            return number == 0 || tracks == null ? null : new Sheet(layout, (int) number, tracks);
        }

        private @Nullable PictureName map() {
            SheetLayout layout = layout(PictureFormat.JPEG);
            String rest = text.substring(at);
            MediaRequestName tracks = layout == null ? null : tracks(rest);
            if (layout == null || tracks == null) {
                return null;
            }
            String dash = rest.isEmpty() || rest.startsWith("-") ? "" : "-";
            return new SheetMap(layout, tracks, dash + rest);
        }

        private @Nullable SheetLayout layout(PictureFormat format) {
            long interval = number();
            long columns = take('-') ? number() : -1;
            long rows = take('x') ? number() : -1;
            long width = token('w') ? number() : -1;
            return SheetLayout.isValid(interval, columns, rows, width, format)
                    ? new SheetLayout(interval, (int) columns, (int) rows, (int) width, format)
                    : null;
        }

        /// The tokens that packaging names have too, by their own reader.
        private static @Nullable MediaRequestName tracks(String tokens) {
            return MediaRequestName.parse("index" + tokens + ".m3u8").orElse(null);
        }

        private PictureSize.@Nullable Fit fit() {
            if (!token('m')) {
                return PictureSize.Fit.INSIDE;
            }
            for (PictureSize.Fit fit : PictureSize.Fit.values()) {
                if (text.startsWith(fit.word(), at)) {
                    at += fit.word().length();
                    return fit;
                }
            }
            return null;
        }

        private boolean take(char c) {
            if (at < text.length() && text.charAt(at) == c) {
                at++;
                return true;
            }
            return false;
        }

        /// Takes `letter`, with or without a dash before it, when it comes next.
        private boolean token(char letter) {
            int next = at < text.length() && text.charAt(at) == '-' ? at + 1 : at;
            if (next < text.length() && text.charAt(next) == letter) {
                at = next + 1;
                return true;
            }
            return false;
        }

        /// -1 when there are no digits, or too many.
        private long number() {
            int start = at;
            long value = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                if (at - start == 9) {
                    return -1;
                }
                value = value * 10 + text.charAt(at++) - '0';
            }
            return at == start ? -1 : value;
        }
    }
}
