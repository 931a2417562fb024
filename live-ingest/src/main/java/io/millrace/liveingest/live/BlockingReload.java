package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.QueryParameters;

import org.jspecify.annotations.Nullable;

/// The delivery directives of a playlist request, RFC 8216bis §6.2.5.
///
/// @param sequence `_HLS_msn`; -1: not asked for
/// @param part `_HLS_part`; -1: the whole segment
/// @param delta whether `_HLS_skip` asks for what is new only
record BlockingReload(long sequence, int part, boolean delta) {
    /// How many segments ahead a client may ask.
    private static final int SEGMENTS_AHEAD = 2;

    enum Verdict {
        NOW,
        LATER,
        TOO_FAR
    }

    /// @throws HttpProblem 400 when they are no numbers, or a part is asked for of no segment
    static BlockingReload of(QueryParameters query) throws HttpProblem {
        long sequence = number(query, "_HLS_msn", 15);
        long part = number(query, "_HLS_part", 6);
        if (part >= 0 && sequence < 0) {
            throw new HttpProblem(400, "_HLS_part without _HLS_msn.");
        }
        String skip = query.get("_HLS_skip");
        return new BlockingReload(
                sequence, (int) part, skip != null && (skip.equals("YES") || skip.equals("v2")));
    }

    private static long number(QueryParameters query, String name, int maxDigits)
            throws HttpProblem {
        @Nullable String text = query.get(name);
        if (text == null) {
            return -1;
        }
        boolean digits = !text.isEmpty() && text.length() <= maxDigits;
        for (int i = 0; i < text.length(); i++) {
            digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        if (!digits) {
            throw new HttpProblem(400, name + " is not a number.");
        }
        return Long.parseLong(text);
    }

    boolean blocks() {
        return sequence >= 0;
    }

    /// Whether a playlist of this state answers it.
    ///
    /// @param partsAhead how many parts beyond the last one may be asked for
    Verdict by(TrackWindow.View view, int partsAhead) {
        if (!blocks() || view.ended()) {
            return Verdict.NOW;
        }
        long open = view.openSequence();
        int openParts = view.openParts();
        if (sequence < open) {
            // A part beyond a segment's last is the next segment's first.
            LiveSegment newest = view.segment(sequence);
            boolean beyond =
                    sequence == open - 1 && part >= 0 && newest != null && part >= newest.parts();
            return !beyond || openParts > 0 ? Verdict.NOW : Verdict.LATER;
        }
        if (sequence == open && part >= 0 && part < openParts) {
            return Verdict.NOW;
        }
        long last = openParts > 0 ? open : open - 1;
        boolean tooFar =
                sequence > last + SEGMENTS_AHEAD
                        || part >= (sequence == open ? openParts : 0) + partsAhead;
        return tooFar ? Verdict.TOO_FAR : Verdict.LATER;
    }
}
