package io.millrace.delivery.tempo;

import io.millrace.delivery.codec.AudioConfig;
import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.isobmff.SampleEntries;
import io.millrace.delivery.media.Rotation;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;

import java.util.Optional;

/// What one audio track becomes at another rate: AAC-LC in frames of one size, made in stretches.
///
/// Frame `j` lets a decoder put out the 1024 samples from `startTick + (j - 1) * 1024` on: the
/// first one is priming. Stretch `k` has the frames `[k * STRETCH, (k + 1) * STRETCH)`, and is made
/// of nothing but the source's samples around its time: whoever makes it, and whatever was made
/// before, its frames stand for the same time. Immutable.
public final class SpedTrack {
    /// Frames of a stretch: 44 to 48 s.
    static final int STRETCH = 2048;

    static final int FRAME = 1024;

    /// Frames made before those that are kept: the encoder decides by what it has seen.
    private static final int WARM_UP = 8;

    private static final int BITS_PER_CHANNEL = 64_000;

    /// What the decoder gets before the time that is wanted, and after it.
    private static final int LEAD_MS = 250;

    private static final int TAIL_MS = 500;

    private static final int HUNDRED_PERCENT_TWICE = 10_000;

    private final Track source;
    private final int file;
    private final long fileSizeBytes;
    private final int rate;
    private final int sampleRate;
    private final int channels;
    private final String decoder;
    private final int frameBytes;
    private final long startTick;
    private final long frames;
    private final long offset;
    private final Track track;

    private SpedTrack(
            Track source, int file, long fileSizeBytes, int rate, String decoder, long offset)
            throws MalformedMediaException {
        this.source = source;
        this.file = file;
        this.fileSizeBytes = fileSizeBytes;
        this.rate = rate;
        this.decoder = decoder;
        this.offset = offset;
        AudioConfig audio = source.audio();
        sampleRate = audio.sampleRate() % 11_025 == 0 ? 44_100 : 48_000;
        // One channel at a low rate may be HE-AAC v2 that does not say so: two.
        channels = audio.channels() == 1 && audio.sampleRate() > 24_000 ? 1 : 2;
        frameBytes = bitRate() * FRAME / sampleRate / 8 + 2;
        startTick =
                Math.floorDiv(
                        Math.multiplyExact(
                                Math.max(0, source.presentationTime(0)), (long) sampleRate),
                        source.timescale());
        long end = Timescale.rescale(source.presentationEnd(), source.timescale(), sampleRate);
        frames = Math.max(0, Math.ceilDiv(end - startTick, FRAME)) + 1;
        track = track(end);
    }

    /// @param source on the new clock: its times are those of the outcome
    /// @param file of the source, among the presentation's open files
    /// @param rate ten-thousandths: 15000 plays it in two thirds of the time
    /// @param offset where it lies in the file that all made sound of a presentation seems to be
    /// @return empty when its codec is none that is decoded
    public static Optional<SpedTrack> of(
            Track source, int file, long fileSizeBytes, int rate, long offset)
            throws MalformedMediaException {
        Optional<String> decoder = decoder(source);
        return decoder.isEmpty() || source.samples().count() == 0
                ? Optional.empty()
                : Optional.of(
                        new SpedTrack(source, file, fileSizeBytes, rate, decoder.get(), offset));
    }

    private static Optional<String> decoder(Track track) {
        String codecs = track.codec().codecs();
        if (codecs.equals("mp4a.40.34") || codecs.startsWith("mp4a.6")) {
            return Optional.of("mp3float");
        }
        int dot = codecs.indexOf('.');
        return Optional.ofNullable(
                switch (dot < 0 ? codecs : codecs.substring(0, dot)) {
                    case "mp4a" -> "aac";
                    case "ac-3" -> "ac3";
                    case "ec-3" -> "eac3";
                    case "Opus" -> "opus";
                    case "fLaC" -> "flac";
                    default -> null;
                });
    }

    private Track track(long end) throws MalformedMediaException {
        int count = Math.toIntExact(frames);
        int stretches = stretches();
        long[] offsets = new long[stretches];
        int[] firsts = new int[stretches];
        for (int k = 0; k < stretches; k++) {
            firsts[k] = k * STRETCH;
            offsets[k] = offset + (long) firsts[k] * frameBytes;
        }
        var samples =
                new SampleTable(
                        count,
                        frameBytes,
                        null,
                        new int[] {0},
                        new long[] {0},
                        new int[] {FRAME},
                        null,
                        offsets,
                        firsts,
                        null);
        AacConfig config = AacConfig.parse(specificConfig());
        return new Track(
                source.id(),
                TrackKind.AUDIO,
                source.number(),
                config,
                sampleRate,
                source.language(),
                startTick - FRAME,
                end,
                0,
                0,
                Rotation.NONE,
                SampleEntries.aac(config),
                0,
                false,
                samples);
    }

    /// AudioSpecificConfig of AAC-LC, ISO/IEC 14496-3 §1.6.2.1: type, rate, channels.
    private byte[] specificConfig() {
        int rateIndex = sampleRate == 48_000 ? 3 : 4;
        int bits = 2 << 11 | rateIndex << 7 | channels << 3;
        return new byte[] {(byte) (bits >> 8), (byte) bits};
    }

    /// The outcome, for packaging.
    public Track track() {
        return track;
    }

    /// What it was made of.
    public Track source() {
        return source;
    }

    public int file() {
        return file;
    }

    long fileSizeBytes() {
        return fileSizeBytes;
    }

    /// Of all frames.
    public long sizeBytes() {
        return frames * frameBytes;
    }

    /// Where it lies in the file of all made sound.
    public long offset() {
        return offset;
    }

    /// All that the bytes follow from, but the version of the file.
    public record Identity(
            int trackId,
            long firstOffset,
            int samples,
            long firstDecodeTime,
            int timescale,
            long shift,
            long end,
            int rate) {}

    public Identity identity() {
        SampleTable samples = source.samples();
        return new Identity(
                source.id(),
                samples.offset(0),
                samples.count(),
                samples.decodeTime(0),
                source.timescale(),
                source.presentationShift(),
                source.presentationEnd(),
                rate);
    }

    /// The stretch that a byte belongs to.
    ///
    /// @param position from {@link #offset}
    public int stretchAt(long position) {
        return (int) (position / ((long) STRETCH * frameBytes));
    }

    /// Where a stretch starts, from {@link #offset}.
    public long startOf(int stretch) {
        return (long) stretch * STRETCH * frameBytes;
    }

    public int stretches() {
        return (int) Math.ceilDiv(frames, (long) STRETCH);
    }

    int sampleRate() {
        return sampleRate;
    }

    int channels() {
        return channels;
    }

    int bitRate() {
        return BITS_PER_CHANNEL * channels;
    }

    int frameBytes() {
        return frameBytes;
    }

    String decoder() {
        return decoder;
    }

    /// Of 1.
    double rate() {
        return rate / (double) HUNDRED_PERCENT_TWICE;
    }

    /// The clock on which the source's samples last as long as they sound.
    int sourceTimescale() {
        return Math.toIntExact((long) source.timescale() * HUNDRED_PERCENT_TWICE / rate);
    }

    /// What it takes to make one stretch.
    ///
    /// @param first sample of the source to decode, and after the last one `end`
    /// @param skipTicks of {@link #sourceTimescale} from the first sample to the first sound used
    /// @param warmUp encoded frames that are thrown away
    /// @param frames that are kept after these
    record Work(int first, int end, long skipTicks, int warmUp, int frames) {
        /// Output samples that the encoder gets.
        long pcmSamples() {
            return (long) (warmUp + frames) * FRAME;
        }
    }

    Work work(int stretch) {
        int firstFrame = stretch * STRETCH;
        int warmUp = Math.min(WARM_UP, firstFrame);
        int count = (int) Math.min(STRETCH, frames - firstFrame);
        long start = startTick + (long) (firstFrame - warmUp) * FRAME;
        long end = start + (long) (warmUp + count) * FRAME;
        int timescale = source.timescale();
        SampleTable samples = source.samples();
        long shift = source.presentationShift();
        long startTime = Timescale.rescale(start, sampleRate, timescale);
        long lead = Timescale.rescale(LEAD_MS, Timescale.MILLISECONDS, timescale);
        long tail = Timescale.rescale(TAIL_MS, Timescale.MILLISECONDS, timescale);
        long endTime = Timescale.rescale(end, sampleRate, timescale) + tail;
        int from = Math.min(samples.firstAtOrAfter(startTime - lead - shift), samples.count() - 1);
        int to = Math.max(from + 1, samples.firstAtOrAfter(endTime - shift));
        long skip = Math.max(0, startTime - source.presentationTime(from));
        return new Work(from, to, skip, warmUp, count);
    }
}
