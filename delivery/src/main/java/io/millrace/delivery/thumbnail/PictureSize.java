package io.millrace.delivery.thumbnail;

/// How large a picture shall be.
///
/// @param width pixels; 0: as the height and the source's aspect say
/// @param height likewise
/// @param fit what happens when both are given and the source has another aspect
/// @param enlarge whether it may be larger than the source
public record PictureSize(int width, int height, Fit fit, boolean enlarge) {
    /// No picture has a longer side.
    public static final int MAX_SIDE = 4096;

    /// As the source, where that is not larger than {@link #MAX_SIDE}.
    public static final PictureSize SOURCE = new PictureSize(0, 0, Fit.INSIDE, false);

    /// How a picture of one aspect gets into a box of another.
    public enum Fit {
        /// The whole picture, as large as it goes inside the box: one side may be shorter.
        INSIDE("fit"),
        /// The box full, the picture's edges cut off evenly.
        COVER("cover"),
        /// The whole picture, black around it.
        PAD("pad"),
        /// Stretched to the box.
        STRETCH("stretch");

        private final String word;

        Fit(String word) {
            this.word = word;
        }

        /// The value of the `m` token.
        public String word() {
            return word;
        }
    }

    /// What to do with the picture: scale it, then cut it or put black around it.
    ///
    /// @param scaledWidth of the whole picture
    /// @param width of the result
    public record Result(int scaledWidth, int scaledHeight, int width, int height) {}

    public PictureSize {
        if (width < 0 || width > MAX_SIDE || height < 0 || height > MAX_SIDE) {
            throw new IllegalArgumentException(
                    "size: " + width + "x" + height + " (expected: sides of 0.." + MAX_SIDE + ")");
        }
    }

    /// @param sourceWidth as players show it: pixel aspect and rotation applied
    public Result of(int sourceWidth, int sourceHeight) {
        if (sourceWidth <= 0 || sourceHeight <= 0) {
            throw new IllegalArgumentException(
                    "source: " + sourceWidth + "x" + sourceHeight + " (expected: a size)");
        }
        if (width > 0 && height > 0) {
            return ofBox(sourceWidth, sourceHeight);
        }
        double scale = 1;
        if (width > 0) {
            scale = (double) width / sourceWidth;
        } else if (height > 0) {
            scale = (double) height / sourceHeight;
        }
        scale = Math.min(scale, most(sourceWidth, sourceHeight));
        int w = side(sourceWidth * scale);
        int h = side(sourceHeight * scale);
        return new Result(w, h, w, h);
    }

    private Result ofBox(int sourceWidth, int sourceHeight) {
        double across = (double) width / sourceWidth;
        double down = (double) height / sourceHeight;
        if (fit == Fit.STRETCH) {
            double most = enlarge ? 1 : Math.min(1, Math.min(1 / across, 1 / down));
            int w = side(width * most);
            int h = side(height * most);
            return new Result(w, h, w, h);
        }
        boolean cover = fit == Fit.COVER;
        double scale = cover ? Math.max(across, down) : Math.min(across, down);
        double kept = Math.min(scale, enlarge ? Double.MAX_VALUE : 1);
        int w = side(sourceWidth * kept);
        int h = side(sourceHeight * kept);
        return switch (fit) {
            case INSIDE, STRETCH -> new Result(w, h, w, h);
            // The box keeps its shape when the source is too small for it.
            case COVER ->
                    new Result(
                            w,
                            h,
                            Math.min(w, side(width * kept / scale)),
                            Math.min(h, side(height * kept / scale)));
            case PAD ->
                    new Result(
                            w,
                            h,
                            Math.max(w, side(width * kept / scale)),
                            Math.max(h, side(height * kept / scale)));
        };
    }

    /// By how much a source may be scaled at most.
    private double most(int sourceWidth, int sourceHeight) {
        double limit = (double) MAX_SIDE / Math.max(sourceWidth, sourceHeight);
        return enlarge ? limit : Math.min(1, limit);
    }

    private static int side(double pixels) {
        return Math.clamp(Math.round(pixels), 1, MAX_SIDE);
    }
}
