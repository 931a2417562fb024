package io.millrace.liveingest.live;

import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.mpegts.TsMuxer;
import io.millrace.delivery.mpegts.TsStream;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// Muxes the fragments of one segment into a transport stream: PAT and PMT, then pictures by decode
/// time, each behind the sound that starts no later.
///
/// Segments are made in any order, when they are asked for: the continuity counters of each end at
/// 0, so they count on wherever a player goes. One use, one thread.
final class TsSegmentMaker {
    /// PES packets of sound: long enough to waste little, short enough to carry the clock, which
    /// must come every 0.1 s.
    private static final int AUDIO_GROUP_MS = 90;

    /// Presentation times may lie before decode times by as much.
    private static final long START_TICKS = 90_000;

    private static final int TICKS_PER_SECOND = 90_000;

    private final TsMuxer muxer;
    private final ByteBuf out;
    private final int audioStream;
    private final Frames audio;
    private final Frames video;

    /// A track's samples, one after the other.
    private static final class Frames {
        private final List<LiveFragment> fragments;
        private int fragment;
        private int sample;
        private int offset;
        private long ticks;

        Frames(@Nullable LiveSegment segment) {
            fragments = segment == null ? List.of() : segment.fragments();
            open();
        }

        private void open() {
            if (!isDone()) {
                offset = fragments.get(fragment).payloadOffset();
                ticks = fragments.get(fragment).startTicks();
                sample = 0;
            }
        }

        boolean isDone() {
            return fragment == fragments.size();
        }

        LiveFragment now() {
            return fragments.get(fragment);
        }

        int size() {
            return now().samples().sizes()[sample];
        }

        long decodeTime() {
            return tsTime(ticks);
        }

        long presentationTime() {
            return tsTime(ticks + now().samples().compositionOffsets()[sample]);
        }

        private long tsTime(long time) {
            return START_TICKS
                    + Timescale.rescale(time, now().track().timescale(), TICKS_PER_SECOND);
        }

        void next() {
            LiveSamples samples = now().samples();
            offset += samples.sizes()[sample];
            ticks += samples.durations()[sample];
            if (++sample == samples.count()) {
                fragment++;
                open();
            }
        }
    }

    private TsSegmentMaker(
            @Nullable LiveSegment videoSegment, @Nullable LiveSegment audioSegment, long sequence)
            throws UnsupportedMediaException {
        video = new Frames(videoSegment);
        audio = new Frames(audioSegment);
        List<TsStream> streams = new ArrayList<>(2);
        if (!video.isDone()) {
            streams.add(TsStream.of(video.now().track().codec(), "und"));
        }
        audioStream = streams.size();
        if (!audio.isDone()) {
            streams.add(TsStream.of(audio.now().track().codec(), "und"));
        }
        muxer = new TsMuxer(streams);
        muxer.tableContinuity((int) (sequence & 0xF));
        long bytes =
                (videoSegment == null ? 0 : videoSegment.sizeBytes())
                        + (audioSegment == null ? 0 : audioSegment.sizeBytes());
        out = Unpooled.buffer(Math.toIntExact(8192 + bytes + bytes / 8));
    }

    /// @param video null for sound alone
    /// @param audio null for pictures alone
    static byte[] make(@Nullable LiveSegment video, @Nullable LiveSegment audio, long sequence)
            throws UnsupportedMediaException {
        var maker = new TsSegmentMaker(video, audio, sequence);
        maker.write();
        byte[] bytes = new byte[maker.out.readableBytes()];
        maker.out.readBytes(bytes);
        return bytes;
    }

    private void write() {
        muxer.writeTables(out);
        while (!video.isDone()) {
            long dts = video.decodeTime();
            long pts = video.presentationTime();
            writeAudioUntil(dts);
            LiveFragment fragment = video.now();
            boolean sync = fragment.samples().sync()[video.sample];
            ByteBuf unit = Unpooled.wrappedBuffer(fragment.bytes(), video.offset, video.size());
            video.next();
            if (video.isDone()) {
                muxer.round(0);
            }
            muxer.writeVideo(out, 0, unit, pts, dts, sync);
        }
        writeAudioUntil(Long.MAX_VALUE);
    }

    private void writeAudioUntil(long dts) {
        while (!audio.isDone() && audio.presentationTime() <= dts) {
            LiveFragment fragment = audio.now();
            LiveSamples samples = fragment.samples();
            int first = audio.sample;
            int offset = audio.offset;
            long pts = audio.presentationTime();
            long left = (long) AUDIO_GROUP_MS * fragment.track().timescale() / 1000;
            int count = 0;
            int bytes = 0;
            do {
                bytes += audio.size();
                left -= samples.durations()[audio.sample];
                count++;
                audio.next();
            } while (!audio.isDone()
                    && audio.now() == fragment
                    && left >= samples.durations()[audio.sample]);
            int[] sizes = new int[count];
            System.arraycopy(samples.sizes(), first, sizes, 0, count);
            if (audio.isDone()) {
                muxer.round(audioStream);
            }
            muxer.writeAudio(
                    out,
                    audioStream,
                    Unpooled.wrappedBuffer(fragment.bytes(), offset, bytes),
                    sizes,
                    count,
                    pts);
        }
    }
}
