package io.millrace.liveingest.live;

import io.millrace.delivery.media.Timescale;
import io.millrace.delivery.packaging.FragmentTrack;
import io.millrace.delivery.packaging.FragmentWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/// One track's samples on their way into fragments.
///
/// A sample's length is known when the next one comes, so the newest waits. Owns what it holds. Its
/// stream's event loop only.
final class TrackCutter {
    /// Audio within this of its computed place is on time; ms clocks jitter.
    private static final int AUDIO_TOLERANCE_MS = 30;

    private static final int AUDIO_BEHIND_MS = 250;

    private static final class Sample {
        final ByteBuf data;
        final long decodeTicks;
        final int compositionTicks;
        final boolean keyFrame;
        final int usualTicks;
        int durationTicks;

        Sample(
                ByteBuf data,
                long decodeTicks,
                int compositionTicks,
                boolean keyFrame,
                int usualTicks) {
            this.data = data;
            this.decodeTicks = decodeTicks;
            this.compositionTicks = compositionTicks;
            this.keyFrame = keyFrame;
            this.usualTicks = usualTicks;
        }
    }

    final LiveTrack track;
    private final FragmentTrack table;
    private final NalFilter filter;
    private final ArrayDeque<Sample> complete = new ArrayDeque<>();
    private @Nullable Sample newest;
    private int lastDuration;
    private long bytes;
    private int part;

    TrackCutter(LiveTrack track) {
        this.track = track;
        table = new FragmentTrack(track.trackId(), 0);
        filter = NalFilter.of(track.codec());
        lastDuration = track.isVideo() ? track.timescale() / 30 : 0;
    }

    long ticks(long timeMs) {
        return Timescale.rescale(timeMs, Timescale.MILLISECONDS, track.timescale());
    }

    private long milliseconds(long ticks) {
        return Timescale.rescale(ticks, track.timescale(), Timescale.MILLISECONDS);
    }

    /// Where a unit lies; -1 for an audio frame that comes too late to have a place.
    long place(long timeMs) {
        long ticks = ticks(timeMs);
        Sample last = newest;
        if (track.isVideo() || last == null) {
            return ticks;
        }
        long expected = last.decodeTicks + last.usualTicks;
        long off = ticks - expected;
        long second = track.timescale();
        if (off > AUDIO_TOLERANCE_MS * second / 1000) {
            return ticks;
        }
        return off < -AUDIO_BEHIND_MS * second / 1000 ? -1 : expected;
    }

    /// The newest sample lasts until `untilTicks`, at most `maxTicks` long.
    void completeNewest(long untilTicks, long maxTicks) {
        Sample last = newest;
        if (last != null) {
            newest = null;
            last.durationTicks =
                    (int) Math.clamp(untilTicks - last.decodeTicks, 1, Math.max(1, maxTicks));
            lastDuration = last.durationTicks;
            complete.add(last);
        }
    }

    /// The newest sample lasts as long as its kind does.
    void completeNewest() {
        Sample last = newest;
        if (last != null) {
            int usual = last.usualTicks > 0 ? last.usualTicks : lastDuration;
            completeNewest(last.decodeTicks + usual, Integer.MAX_VALUE);
        }
    }

    /// Borrows `data`; what is kept of it is retained.
    void add(ByteBuf data, long decodeTicks, int compositionMs, boolean keyFrame) {
        int composition =
                (int) Timescale.rescale(compositionMs, Timescale.MILLISECONDS, track.timescale());
        ByteBuf kept = filter.retained(data);
        newest = new Sample(kept, decodeTicks, composition, keyFrame, track.frameTicks(kept));
        bytes += kept.readableBytes();
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return complete.isEmpty() && newest == null;
    }

    /// Whether any sample, also the newest, starts at or after `ticks`.
    boolean reaches(long ticks) {
        Sample last = newest != null ? newest : complete.peekLast();
        return last != null && last.decodeTicks >= ticks;
    }

    /// Where a part of this length, from the first sample on, is full: the start of the sample that
    /// does not fit any more; -1 when there is none, or when it lies behind `limitTicks`.
    long partEnd(long limitTicks, long partTicks) {
        Sample first = complete.peekFirst();
        if (first == null) {
            return -1;
        }
        long full = first.decodeTicks + partTicks;
        for (Sample sample : complete) {
            if (sample.decodeTicks + sample.durationTicks > full && sample != first) {
                return sample.decodeTicks <= limitTicks ? sample.decodeTicks : -1;
            }
        }
        Sample next = newest;
        return next != null
                        && next.decodeTicks + next.usualTicks > full
                        && next.decodeTicks <= limitTicks
                ? next.decodeTicks
                : -1;
    }

    /// A new segment: parts count from 0.
    void startSegment() {
        part = 0;
    }

    /// Makes a fragment of the complete samples that start before `limitTicks`; null when there are
    /// none.
    @Nullable LiveFragment cut(long limitTicks, long segment, long sequence, WallTime wall) {
        Sample first = complete.peekFirst();
        if (first == null || first.decodeTicks >= limitTicks) {
            return null;
        }
        table.reset(track.trackId(), first.decodeTicks);
        int count = 0;
        for (Sample sample : complete) {
            if (sample.decodeTicks >= limitTicks) {
                break;
            }
            count++;
            table.add(
                    sample.data.readableBytes(),
                    sample.durationTicks,
                    sample.compositionTicks,
                    sample.keyFrame);
        }
        int header = FragmentWriter.headerSize(table);
        byte[] out = new byte[Math.toIntExact(header + table.payloadBytes())];
        ByteBuf writer = Unpooled.wrappedBuffer(out).clear();
        FragmentWriter.writeHeader(writer, sequence, table);
        var samples =
                new LiveSamples(new int[count], new int[count], new int[count], new boolean[count]);
        int at = header;
        for (int i = 0; i < count; i++) {
            Sample sample = complete.removeFirst();
            int size = sample.data.readableBytes();
            sample.data.getBytes(sample.data.readerIndex(), out, at, size);
            sample.data.release();
            at += size;
            bytes -= size;
            samples.sizes()[i] = size;
            samples.durations()[i] = sample.durationTicks;
            samples.compositionOffsets()[i] = sample.compositionTicks;
            samples.sync()[i] = sample.keyFrame;
        }
        long start = first.decodeTicks;
        long startMs = milliseconds(start);
        return new LiveFragment(
                track,
                segment,
                part++,
                out,
                header,
                start,
                table.durationTicks(),
                startMs,
                milliseconds(start + table.durationTicks()) - startMs,
                first.keyFrame,
                wall.at(startMs),
                samples);
    }

    /// Lets go of everything.
    void release() {
        complete.forEach(sample -> sample.data.release());
        complete.clear();
        if (newest != null) {
            newest.data.release();
            newest = null;
        }
        bytes = 0;
    }
}
