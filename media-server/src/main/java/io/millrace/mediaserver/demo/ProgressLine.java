package io.millrace.mediaserver.demo;

import java.io.PrintWriter;

/// One line that shows how far something is: a bar on a terminal, a line each 10 % elsewhere. One
/// thread at a time.
final class ProgressLine {
    private static final int WIDTH = 30;

    private final PrintWriter out;
    private final boolean terminal;
    private final String label;
    private int shown = -1;
    private String shownText = "";

    ProgressLine(PrintWriter out, boolean terminal, String label) {
        this.out = out;
        this.terminal = terminal;
        this.label = label;
    }

    /// @param percent 0..100, never shown going back
    void update(int percent, String text) {
        int now = Math.max(shown, Math.clamp(percent, 0, 100));
        if (terminal) {
            if (now != shown || !text.equals(shownText)) {
                int filled = now * WIDTH / 100;
                out.printf(
                        "\r\u001b[K%-12s [%s%s] %3d %%  %s",
                        label, "#".repeat(filled), " ".repeat(WIDTH - filled), now, text);
                out.flush();
            }
        } else if (now / 10 > shown / 10 || shown < 0) {
            out.printf("%-12s %3d %%  %s%n", label, now, text);
            out.flush();
        }
        shown = now;
        shownText = text;
    }

    void done(String text) {
        update(100, text);
        if (terminal) {
            out.println();
            out.flush();
        }
    }

    /// Leaves the line as it is.
    void failed() {
        if (terminal) {
            out.println();
            out.flush();
        }
    }
}
