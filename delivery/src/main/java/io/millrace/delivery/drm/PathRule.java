package io.millrace.delivery.drm;

/// Which stored paths something is meant for: those that start with a text, or, when it has a `*`,
/// those that it matches whole (`*` stands for any characters, `/` too).
///
/// @param weight how exact it is: the heaviest rule that fits wins
record PathRule(String text, int weight) {
    PathRule(String text) {
        this(text, text.replace("*", "").length());
    }

    boolean fits(String path) {
        if (text.indexOf('*') < 0) {
            return path.startsWith(text);
        }
        return matches(path);
    }

    /// Linear in practice: on a mismatch only the last star takes one more character.
    private boolean matches(String path) {
        int p = 0;
        int t = 0;
        int star = -1;
        int retry = 0;
        while (p < path.length()) {
            if (t < text.length() && text.charAt(t) == '*') {
                star = t++;
                retry = p;
            } else if (t < text.length() && text.charAt(t) == path.charAt(p)) {
                t++;
                p++;
            } else if (star >= 0) {
                t = star + 1;
                p = ++retry;
            } else {
                return false;
            }
        }
        while (t < text.length() && text.charAt(t) == '*') {
            t++;
        }
        return t == text.length();
    }
}
