package io.millrace.benchmarks;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/// One second of a 2.65 Mbit/s stream (30 video messages, 47 audio messages), from chunks to
/// messages, arriving in socket reads of 64 KiB. The score is bytes per nanosecond, that is GB/s of
/// wire bytes.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ChunkReaderBenchmark {
    private static final int READ_BYTES = 64 << 10;
    private static final int WIRE_BYTES = 330_000;

    @Param({"128", "4096"})
    public int chunkSize;

    private ByteBuf wire = Unpooled.EMPTY_BUFFER;
    private long received;

    @Setup(Level.Trial)
    public void write() {
        var writer = new ChunkWriter();
        writer.maxChunkSize(chunkSize);
        wire = PooledByteBufAllocator.DEFAULT.directBuffer(WIRE_BYTES * 2);
        var random = new Random(7);
        int message = 0;
        while (wire.writableBytes() > 0 && wire.readableBytes() < WIRE_BYTES) {
            boolean video = message % 5 < 2;
            int size = video ? (message < 2 ? 60_000 : 6_000 + random.nextInt(6_000)) : 340;
            byte[] payload = new byte[size];
            random.nextBytes(payload);
            writer.write(
                    video ? 6 : 4,
                    video ? 9 : 8,
                    message * 13L,
                    1,
                    Unpooled.wrappedBuffer(payload),
                    wire);
            message++;
        }
        // Whole messages only: the benchmark reads the same bytes again and again.
        wire.capacity(wire.writerIndex());
    }

    @TearDown(Level.Trial)
    public void release() {
        wire.release();
    }

    @Benchmark
    @OperationsPerInvocation(WIRE_BYTES)
    public long read() throws RtmpProtocolException {
        try (var reader =
                new ChunkReader(
                        PooledByteBufAllocator.DEFAULT,
                        (_, _, _, payload) -> {
                            received += payload.readableBytes();
                            payload.release();
                        })) {
            reader.maxChunkSize(chunkSize);
            for (int at = 0; at < wire.writerIndex(); at += READ_BYTES) {
                reader.read(wire.slice(at, Math.min(READ_BYTES, wire.writerIndex() - at)));
            }
        }
        return received;
    }
}
