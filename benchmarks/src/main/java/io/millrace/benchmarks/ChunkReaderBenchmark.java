package io.millrace.benchmarks;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// One second of a 2.7 Mbit/s publisher (30 video messages, 47 audio messages), from chunks to
/// messages, arriving in socket reads of 64 KiB. Stream seconds per second, that is how many such
/// publishers one core could read, and MB of chunks per second.
@State(Scope.Thread)
public class ChunkReaderBenchmark extends HotPathBenchmark {
    private static final int READ_BYTES = 64 << 10;
    private static final int VIDEO_MESSAGES = 30;
    private static final int AUDIO_MESSAGES = 47;
    private static final int AUDIO_BYTES = 340;

    /// What a client that never says otherwise sends, and what OBS sends.
    @Param({"128", "4096"})
    public int chunkSize;

    /// Whole buffers, as a socket read gives them: Netty copies those without a view, unlike
    /// slices.
    private final List<ByteBuf> reads = new ArrayList<>();

    private int wireBytes;
    private long received;

    @Setup(Level.Trial)
    public void write() {
        var writer = new ChunkWriter();
        writer.maxChunkSize(chunkSize);
        ByteBuf wire = Unpooled.buffer();
        var random = new Random(7);
        int audio = 0;
        for (int video = 0; video < VIDEO_MESSAGES; video++) {
            int size = video == 0 ? 60_000 : 6_000 + random.nextInt(6_000);
            write(writer, 6, 9, video * 1000L / VIDEO_MESSAGES, size, random, wire);
            for (; audio * VIDEO_MESSAGES < (video + 1) * AUDIO_MESSAGES; audio++) {
                write(writer, 4, 8, audio * 1000L / AUDIO_MESSAGES, AUDIO_BYTES, random, wire);
            }
        }
        wireBytes = wire.readableBytes();
        while (wire.isReadable()) {
            int size = Math.min(READ_BYTES, wire.readableBytes());
            reads.add(ByteBufAllocator.DEFAULT.directBuffer(size).writeBytes(wire, size));
        }
    }

    private static void write(
            ChunkWriter writer,
            int stream,
            int type,
            long timeMs,
            int size,
            Random random,
            ByteBuf wire) {
        byte[] payload = new byte[size];
        random.nextBytes(payload);
        writer.write(stream, type, timeMs, 1, Unpooled.wrappedBuffer(payload), wire);
    }

    @TearDown(Level.Trial)
    public void release() {
        reads.forEach(ByteBuf::release);
    }

    @Benchmark
    public long read(Volume volume) throws RtmpProtocolException {
        try (var reader =
                new ChunkReader(
                        ByteBufAllocator.DEFAULT,
                        (_, _, _, payload) -> {
                            received += payload.readableBytes();
                            payload.release();
                        })) {
            reader.maxChunkSize(chunkSize);
            for (ByteBuf in : reads) {
                reader.read(in.readerIndex(0));
            }
        }
        volume.add(wireBytes);
        return received;
    }
}
