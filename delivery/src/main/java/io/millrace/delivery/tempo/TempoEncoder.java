package io.millrace.delivery.tempo;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.delivery.decode.DecoderFailedException;
import io.millrace.delivery.decode.Decoders;
import io.millrace.delivery.decode.DecodersBusyException;
import io.millrace.delivery.decode.SampleMovie;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.process.ChildLimits;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Makes stretches of sound at another rate, each by one sandboxed ffmpeg that gets the samples it
/// needs by a pipe: so many at a time, so many waiting, the rest refused. Thread-safe; calls block,
/// on a virtual thread at best.
public final class TempoEncoder implements AutoCloseable {
    private static final Duration CPU = Duration.ofSeconds(30);
    private static final long MAX_OUTPUT = 16 << 20;
    private static final long MEMORY = 3L << 30;

    /// The full name of the one demuxer; everything else is refused by ffmpeg itself.
    private static final String DEMUXER = "mov,mp4,m4a,3gp,3g2,mj2";

    /// Each at three quarters of the bit rate before, where a frame came out too large.
    private static final int ATTEMPTS = 3;

    private final Decoders decoders;
    private final Timer timer;

    public TempoEncoder(TempoOptions options, MeterRegistry meters) {
        decoders =
                new Decoders(
                        new Decoders.Options(
                                "tempo",
                                "sound",
                                options.workers(),
                                options.queue(),
                                options.fence(),
                                new ChildLimits(
                                        options.timeout(),
                                        options.timeout(),
                                        CPU,
                                        MAX_OUTPUT,
                                        MEMORY),
                                options.programs()),
                        meters);
        timer =
                Timer.builder("millrace.delivery.tempo.make")
                        .description("From a worker's start to a stretch of sound")
                        .publishPercentileHistogram()
                        .register(meters);
    }

    /// Whether a stretch may be made that nobody asked for yet.
    public boolean isIdle() {
        return decoders.isIdle();
    }

    /// The frames of a stretch.
    ///
    /// @param reader of the source's file; borrowed
    /// @throws MediaException when the samples cannot be read or decoded
    /// @throws IOException when storage fails
    public byte[] make(SpedTrack track, int stretch, BlobReader reader)
            throws IOException,
                    MediaException,
                    DecodersBusyException,
                    DecoderFailedException,
                    InterruptedException {
        return decoders.onWorker(timer, () -> onWorker(track, stretch, reader));
    }

    private byte[] onWorker(SpedTrack track, int stretch, BlobReader reader)
            throws IOException, MediaException, DecoderFailedException, InterruptedException {
        SpedTrack.Work work = track.work(stretch);
        SampleMovie movie =
                SampleMovie.ofSound(
                        track.source(),
                        track.sourceTimescale(),
                        work.first(),
                        work.end(),
                        reader,
                        track.fileSizeBytes());
        int bitRate = track.bitRate();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++, bitRate = bitRate * 3 / 4) {
            byte[] adts =
                    switch (decoders.run(
                            reader.info().key(), command(track, work, bitRate), movie.pieces())) {
                        case Decoders.Outcome.Done(byte[] bytes) -> bytes;
                        case Decoders.Outcome.Undecodable(String reason) ->
                                throw new UnsupportedMediaException(
                                        "its sound cannot be played at another rate: " + reason);
                    };
            byte[] frames;
            try {
                frames = AacPadding.frames(adts, work.warmUp(), work.frames(), track.frameBytes());
            } catch (IllegalArgumentException e) {
                throw new DecoderFailedException("ffmpeg gave no usable sound: " + e.getMessage());
            }
            if (frames != null) {
                return frames;
            }
        }
        throw new DecoderFailedException("ffmpeg does not keep to a bit rate");
    }

    /// A fixed argument array in which only numbers differ, and the one decoder of the codec.
    private List<String> command(SpedTrack track, SpedTrack.Work work, int bitRate)
            throws DecoderFailedException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(decoders.programs().ffmpeg().toString());
        command.addAll(List.of("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"));
        command.addAll(List.of("-filter_threads", "1", "-copyts"));
        command.addAll(List.of("-threads", "1", "-c:a", track.decoder()));
        command.addAll(List.of("-codec_whitelist", track.decoder()));
        command.addAll(List.of("-format_whitelist", DEMUXER, "-protocol_whitelist", "pipe"));
        command.addAll(List.of("-f", "mov", "-i", "pipe:0", "-map", "0:a:0"));
        command.addAll(List.of("-map_metadata", "-1", "-af", filters(track, work)));
        command.addAll(List.of("-c:a", "aac", "-aac_coder", "fast", "-threads", "1"));
        // No tolerance: then no frame is larger than the rate allows.
        command.addAll(List.of("-b:a", Integer.toString(bitRate), "-bt", "0"));
        command.addAll(List.of("-flags", "+bitexact", "-f", "adts", "pipe:1"));
        return command;
    }

    /// Holes in the source become silence, so that the count of samples tells the time; the wanted
    /// part is cut out and played faster; and the encoder gets as many samples as it is to have.
    private static String filters(SpedTrack track, SpedTrack.Work work) {
        long skip =
                Timescale.rescale(work.skipTicks(), track.sourceTimescale(), track.sampleRate());
        String layout = track.channels() == 1 ? "mono" : "stereo";
        var filters = new StringBuilder();
        filters.append("aresample=").append(track.sampleRate());
        filters.append(":ochl=").append(layout).append(":async=1:first_pts=0");
        filters.append(",atrim=start_sample=").append(skip).append(",asetpts=N/SR/TB");
        double rate = track.rate();
        while (rate < 0.5) {
            filters.append(",atempo=0.5");
            rate *= 2;
        }
        while (rate > 2) {
            filters.append(",atempo=2");
            rate /= 2;
        }
        filters.append(String.format(Locale.ROOT, ",atempo=%.6f", rate));
        filters.append(",atrim=end_sample=").append(work.pcmSamples());
        filters.append(",apad=whole_len=").append(work.pcmSamples());
        return filters.toString();
    }

    /// Ends the children that run; nothing is made any more.
    @Override
    public void close() {
        decoders.close();
    }
}
