package io.millrace.liveingest.ladder;

import io.millrace.delivery.codec.VideoConfig;
import io.millrace.delivery.codec.vp9.Vp9FrameHeader;
import io.millrace.delivery.failure.MediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.live.LiveFragment;
import io.millrace.liveingest.live.LiveOutput;
import io.millrace.liveingest.live.LiveTrack;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.SourceReport;
import io.millrace.liveingest.stream.StreamSubscriber;
import io.millrace.liveingest.stream.StreamTracks;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;

/// The ladder of one source. As the source's subscriber it feeds an encoder; what that makes goes
/// to sources of the same stream, named by the rung ({@link LiveSource#derived}). The source is not
/// held up by any of it.
///
/// An encoder runs while the source is live, and is replaced where its pictures change. Its
/// stream's event loop only.
public final class Ladder implements StreamSubscriber {
    private static final Logger log = LoggerFactory.getLogger(Ladder.class);
    private static final Duration SILENT = Duration.ofSeconds(10);
    private static final long PAUSE_MS = 1000;
    private static final long TROUBLE_SHOWN_MS = 60_000;
    private static final String NOT_MADE = "LADDER_NOT_MADE";
    private static final String TROUBLE = "LADDER_TROUBLE";

    private final Ladders ladders;
    private final LiveSource source;

    /// Waits for the key frame that says how large its pictures are.
    private @Nullable Configured sizeless;

    private @Nullable Making making;
    private long segmentStartMs = Long.MIN_VALUE;
    private long lastVideoMs = Long.MIN_VALUE;
    private long flowsSinceMs;
    private long troubleMs = Long.MIN_VALUE;

    Ladder(Ladders ladders, LiveSource source) {
        this.ladders = ladders;
        this.source = source;
    }

    /// What the source's packager is to tell: the ladder starts where a segment does, so that its
    /// segments are cut where the source's are.
    public LiveOutput segments() {
        return new LiveOutput() {
            @Override
            public void tracks(List<LiveTrack> tracks, boolean discontinuity) {}

            @Override
            public void fragment(LiveFragment fragment) {}

            @Override
            public void segmentEnd(LiveTrack track, long segment, long startMs, long endMs) {
                segmentStartMs = Math.max(segmentStartMs, endMs);
            }

            @Override
            public void discontinuity(long segment) {}

            @Override
            public void interrupted() {}

            @Override
            public void ended() {}
        };
    }

    @Override
    public void tracks(StreamTracks tracks, boolean discontinuity) {
        Configured video = tracks.video();
        Making before = making;
        if (before != null && !discontinuity && before.video.equals(video)) {
            return; // the sound changed
        }
        stop();
        if (video == null) {
            return;
        }
        String decoder = LadderCommand.decoder(video.codec());
        if (decoder == null) {
            raise(NOT_MADE, "There is no ladder: " + video.codec() + " is not decoded here.");
            return;
        }
        if (video.codec() == FlvCodec.VP9) {
            sizeless = video; // its first key frame says how large it is
        } else {
            begin(video, decoder, height(video));
        }
    }

    /// @param height of the source's pictures; 0 where it is not known
    private void begin(Configured video, String decoder, int height) {
        List<LadderRung> rungs =
                ladders.rungs().stream().filter(r -> height == 0 || r.height() <= height).toList();
        if (rungs.isEmpty()) {
            log.info("live {}: {} pixels high, below the ladder", source.logName(), height);
            return;
        }
        making = new Making(video, decoder, rungs);
    }

    private static int height(Configured video) {
        try {
            return LiveTrack.of(video).codec() instanceof VideoConfig config ? config.height() : 0;
        } catch (MediaException _) {
            return 0;
        }
    }

    private static int height(AccessUnit vp9) {
        byte[] start =
                ByteBufUtil.getBytes(
                        vp9.data(),
                        vp9.data().readerIndex(),
                        Math.min(Vp9FrameHeader.BYTES, vp9.data().readableBytes()));
        try {
            return Vp9FrameHeader.parse(start).height();
        } catch (MediaException _) {
            return 0;
        }
    }

    @Override
    public void unit(AccessUnit unit) {
        Configured video = sizeless;
        if (video != null && unit.isVideo() && unit.keyFrame()) {
            sizeless = null;
            String decoder = LadderCommand.decoder(video.codec());
            if (decoder != null) {
                begin(video, decoder, height(unit));
            }
        }
        Making now = making;
        if (now == null || !unit.isVideo()) {
            return;
        }
        long time = unit.decodeTimeMs();
        if (lastVideoMs == Long.MIN_VALUE || time - lastVideoMs > PAUSE_MS) {
            flowsSinceMs = time;
        }
        lastVideoMs = time;
        if (unit.keyFrame()) {
            atKeyFrame(now, time);
        }
        if (now.run != null
                && now.feed.add(unit, time == segmentStartMs) == LadderFeed.Added.OVERFLOW) {
            ladders.metrics().skips.increment();
            trouble("This server is too busy for the ladder: it skips pictures.", time);
        }
    }

    private void atKeyFrame(Making now, long time) {
        if (troubleMs != Long.MIN_VALUE && time - troubleMs > TROUBLE_SHOWN_MS) {
            troubleMs = Long.MIN_VALUE;
            source.health().clear(TROUBLE);
        }
        LadderRun run = now.run;
        if (run != null) {
            if (time - flowsSinceMs > SILENT.toMillis()) {
                run.endIfSilentFor(SILENT);
            }
        } else if (!now.over) {
            run = ladders.tryStart(now);
            now.run = run;
            if (run != null) {
                source.health().clear(NOT_MADE);
            } else if (!now.refused) {
                now.refused = true;
                ladders.metrics().refused.increment();
                log.warn("live {}: no ladder: too many streams have one", source.logName());
                raise(NOT_MADE, "There is no ladder: too many streams of this server have one.");
            }
        }
    }

    private void trouble(String text, long time) {
        troubleMs = time;
        raise(TROUBLE, text);
    }

    private void raise(String code, String text) {
        source.health().raise(new SourceReport.Warning(code, text));
    }

    private void stop() {
        Making before = making;
        making = null;
        sizeless = null;
        lastVideoMs = Long.MIN_VALUE;
        if (before != null && before.run != null) {
            before.run.stop();
        }
    }

    @Override
    public void clockJumped() {}

    @Override
    public void interrupted() {
        stop();
    }

    @Override
    public void ended() {
        stop();
    }

    /// What is made of the source as it is now.
    private final class Making implements LadderRun.Job {
        final Configured video;
        final LadderFeed feed;
        private final String decoder;
        private final List<LadderRung> rungs;
        @Nullable LadderRun run;
        boolean refused;
        boolean over;

        Making(Configured video, String decoder, List<LadderRung> rungs) {
            this.video = video;
            this.decoder = decoder;
            this.rungs = rungs;
            this.feed = new LadderFeed(video);
        }

        @Override
        public String name() {
            return source.logName();
        }

        @Override
        public String decoder() {
            return decoder;
        }

        @Override
        public List<LadderRung> rungs() {
            return rungs;
        }

        @Override
        public LadderFeed feed() {
            return feed;
        }

        @Override
        public void onLoop(Runnable task) {
            source.stream().loop().execute(task);
        }

        @Override
        public void made(LadderRung rung, long timeMs, ByteBuf body) {
            if (making == this) {
                source.derived(rung.name(), timeMs, body);
            } else {
                body.release();
            }
        }

        @Override
        public void died(String why, boolean forGood) {
            if (making != this) {
                return;
            }
            if (forGood) {
                over = true;
                run = null;
                source.health().clear(TROUBLE);
                raise(NOT_MADE, "There is no ladder: its encoder fails again and again.");
                source.derivedStopped();
            } else {
                trouble("The ladder's encoder ended and was started again.", lastVideoMs);
            }
        }
    }
}
