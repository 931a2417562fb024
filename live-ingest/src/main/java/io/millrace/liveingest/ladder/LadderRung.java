package io.millrace.liveingest.ladder;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A rendition to make.
///
/// @param height of its picture, in pixels; the width follows the source's shape
public record LadderRung(int height, long bitsPerSecond) {
    private static final Pattern TEXT =
            Pattern.compile("([0-9]{2,4})p:([0-9]{1,6}(?:\\.[0-9]{1,3})?)([kKmM])");

    public LadderRung {
        if (height < 90 || height > 4320 || bitsPerSecond < 50_000 || bitsPerSecond > 100_000_000) {
            throw new IllegalArgumentException(
                    "rung: "
                            + height
                            + "p at "
                            + bitsPerSecond
                            + " bit/s (expected: 90p..4320p at 50k..100M)");
        }
    }

    /// @param text such as `720p:2500k`, `1080p:4.5M`
    public static LadderRung parse(String text) {
        Matcher matcher = TEXT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "rung: " + text + " (expected: height and bit rate of the video, 720p:2500k)");
        }
        boolean kilo = matcher.group(3).toLowerCase(Locale.ROOT).equals("k");
        double rate = Double.parseDouble(matcher.group(2)) * (kilo ? 1000 : 1_000_000);
        return new LadderRung(Integer.parseInt(matcher.group(1)), Math.round(rate));
    }

    /// The rendition's name, as in `v360p.m3u8`.
    public String name() {
        return height + "p";
    }
}
