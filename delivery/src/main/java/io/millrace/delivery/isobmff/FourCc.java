package io.millrace.delivery.isobmff;

/// Box types as the `int` they are on the wire.
public final class FourCc {
    private FourCc() {}

    public static int of(String name) {
        if (name.length() != 4) {
            throw new IllegalArgumentException("name: " + name + " (expected: 4 characters)");
        }
        return name.charAt(0) << 24 | name.charAt(1) << 16 | name.charAt(2) << 8 | name.charAt(3);
    }

    /// For messages: what is not printable ASCII becomes `?`.
    public static String name(int type) {
        char[] name = new char[4];
        for (int i = 0; i < 4; i++) {
            int c = type >>> (24 - 8 * i) & 0xFF;
            name[i] = c >= 0x20 && c < 0x7F ? (char) c : '?';
        }
        return new String(name);
    }

    /// Whether it is four printable ASCII characters, as all box types in use but QuickTime's
    /// `©...` are.
    static boolean isName(int type) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            int c = type >>> shift & 0xFF;
            if (c < 0x20 || c > 0x7E) {
                return false;
            }
        }
        return true;
    }
}
