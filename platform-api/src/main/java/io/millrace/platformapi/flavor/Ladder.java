package io.millrace.platformapi.flavor;

import io.millrace.platformapi.model.ProbeResult;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which renditions a source gets: every step of the profile up to the source's own size, never
/// above it.
///
/// A step's height is that of the picture's shorter side, so a portrait film gets as many steps as
/// a landscape one. A source that lies between two steps gets the upper one at its own size, when
/// that is worth having; one below the first step gets that at its own size. All renditions have
/// the source's frame rate (60 at most), so that their key frames fall together. Pure.
public final class Ladder {
    static final double MAX_FRAME_RATE = 60;
    private static final double DEFAULT_FRAME_RATE = 30;
    private static final int LEAST_VIDEO_KBPS = 120;

    /// How much larger than the step below a source has to be to get a step of its own.
    private static final double WORTH_A_STEP = 1.1;

    private Ladder() {}

    public static List<Rendition> plan(ProbeResult source, List<FlavorSpec> profile) {
        boolean picture = source.videoCodec != null && positive(source.width) > 0;
        boolean sound = source.audioCodec != null;
        var renditions = new ArrayList<Rendition>();
        if (!picture) {
            if (sound) {
                profile.stream()
                        .filter(FlavorSpec::isSoundOnly)
                        .findFirst()
                        .ifPresent(spec -> renditions.add(soundOnly(spec, source)));
            }
            return renditions;
        }
        int width = positive(source.width);
        int height = positive(source.height);
        int shortSide = Math.min(width, height);
        List<FlavorSpec> steps =
                profile.stream()
                        .filter(FlavorSpec::hasPicture)
                        .sorted(Comparator.comparingInt(FlavorSpec::height))
                        .toList();
        int below = 0;
        for (FlavorSpec step : steps) {
            if (step.height() <= shortSide) {
                renditions.add(scaled(step, source, step.height()));
                below = step.height();
            } else {
                // The first step that the source does not reach.
                if (shortSide > below * WORTH_A_STEP) {
                    renditions.add(scaled(step, source, shortSide));
                }
                break;
            }
        }
        return renditions;
    }

    private static Rendition scaled(FlavorSpec spec, ProbeResult source, int shortSide) {
        int sourceWidth = positive(source.width);
        int sourceHeight = positive(source.height);
        double scale = (double) shortSide / Math.min(sourceWidth, sourceHeight);
        double share = (double) shortSide / spec.height();
        // A smaller picture needs fewer bits, though not in proportion to its area.
        int kbps = (int) Math.round(spec.videoBitrateKbps() * Math.pow(share, 1.5));
        int sourceKbps = positive(source.videoBitrateKbps);
        if (sourceKbps == 0) {
            sourceKbps = positive(source.bitrateKbps);
        }
        if (sourceKbps > 0) {
            // What a poorer codec wasted can't be told; half as much again is never too little.
            kbps = Math.min(kbps, sourceKbps + sourceKbps / 2);
        }
        boolean sound = source.audioCodec != null;
        return new Rendition(
                spec,
                even(sourceWidth * scale, sourceWidth),
                even(sourceHeight * scale, sourceHeight),
                Math.max(kbps, LEAST_VIDEO_KBPS),
                frameRate(source.frameRate),
                sound ? spec.audioBitrateKbps() : 0,
                sound ? channels(spec, source) : 0,
                sound ? spec.audioSampleRate() : 0);
    }

    private static Rendition soundOnly(FlavorSpec spec, ProbeResult source) {
        return new Rendition(
                spec,
                0,
                0,
                0,
                0,
                spec.audioBitrateKbps(),
                channels(spec, source),
                spec.audioSampleRate());
    }

    private static int channels(FlavorSpec spec, ProbeResult source) {
        int channels = positive(source.audioChannels);
        return channels == 0 ? spec.audioChannels() : Math.min(channels, spec.audioChannels());
    }

    private static double frameRate(@Nullable Double rate) {
        if (rate == null || !(rate > 0)) {
            return DEFAULT_FRAME_RATE;
        }
        return Math.min(rate, MAX_FRAME_RATE);
    }

    /// The nearest even number that is not above the source's.
    private static int even(double size, int source) {
        return Math.max(2, Math.min((int) Math.round(size / 2) * 2, source / 2 * 2));
    }

    private static int positive(@Nullable Integer value) {
        return value == null ? 0 : Math.max(0, value);
    }
}
