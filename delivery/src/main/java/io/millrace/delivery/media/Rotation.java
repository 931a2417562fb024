package io.millrace.delivery.media;

/// How a decoded picture is turned before it is shown, clockwise: a phone held upright records
/// lying pictures and says so in `tkhd`'s matrix, ISO/IEC 14496-12 §6.2.2.
///
/// | matrix a b c d | turned by |
/// |---|---|
/// | 1 0 0 1 | 0 |
/// | 0 1 -1 0 | 90 |
/// | -1 0 0 -1 | 180 |
/// | 0 -1 1 0 | 270 |
///
/// Mirrored, sheared and scaled pictures are shown as they are stored.
public enum Rotation {
    NONE(1, 0, 0, 1),
    CLOCKWISE_90(0, 1, -1, 0),
    HALF_TURN(-1, 0, 0, -1),
    CLOCKWISE_270(0, -1, 1, 0);

    private static final int ONE = 0x10000;

    private final int a;
    private final int b;
    private final int c;
    private final int d;

    Rotation(int a, int b, int c, int d) {
        this.a = a * ONE;
        this.b = b * ONE;
        this.c = c * ONE;
        this.d = d * ONE;
    }

    /// @param a in 16.16 fixed point, as are the others
    public static Rotation ofMatrix(int a, int b, int c, int d) {
        for (Rotation rotation : values()) {
            if (rotation.a == a && rotation.b == b && rotation.c == c && rotation.d == d) {
                return rotation;
            }
        }
        return NONE;
    }

    /// Whether width and height change places.
    public boolean isSideways() {
        return this == CLOCKWISE_90 || this == CLOCKWISE_270;
    }

    /// The nine values of the matrix, whose picture lies in the first quadrant again: `x` and `y`
    /// move it back by its width or height.
    public int[] matrix(int width, int height) {
        int x =
                switch (this) {
                    case NONE, CLOCKWISE_270 -> 0;
                    case CLOCKWISE_90 -> height;
                    case HALF_TURN -> width;
                };
        int y =
                switch (this) {
                    case NONE, CLOCKWISE_90 -> 0;
                    case HALF_TURN -> height;
                    case CLOCKWISE_270 -> width;
                };
        return new int[] {a, b, 0, c, d, 0, x * ONE, y * ONE, 0x40000000};
    }
}
