package io.millrace.benchmarks;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// A minute of a real ffmpeg's publish, 19.9 MB, from chunks to messages: our reader and Red5's
/// decoder on the same bytes, in socket reads of 64 KiB. MB of chunks per second.
///
/// Both are given bytes where their own pipeline finds them: ours in the direct buffer that the
/// socket was read into, Red5's in an array that it copies behind what is left over.
@State(Scope.Thread)
public class RtmpDecodersBenchmark extends HotPathBenchmark {
    private static final int READ_BYTES = 64 << 10;

    /// What a client that never says otherwise sends, what OBS sends, what ffmpeg sends.
    @Param({"128", "4096", "60000"})
    public int chunkSize;

    private final List<ByteBuf> reads = new ArrayList<>();
    private final List<byte[]> arrays = new ArrayList<>();
    private int wireBytes;
    private long received;
    private ChunkReader reader = newReader();
    private Red5Decoder red5 = new Red5Decoder(ChunkReader.DEFAULT_CHUNK_SIZE);

    private ChunkReader newReader() {
        return new ChunkReader(
                ByteBufAllocator.DEFAULT,
                (_, _, _, payload) -> {
                    received += payload.readableBytes();
                    payload.release();
                });
    }

    @Setup(Level.Trial)
    public void publish() throws IOException, InterruptedException, RtmpProtocolException {
        ByteBuf wire = PublishedMessages.chunks(PublishedMessages.record(), chunkSize);
        wireBytes = wire.readableBytes();
        while (wire.isReadable()) {
            byte[] bytes = new byte[Math.min(READ_BYTES, wire.readableBytes())];
            wire.readBytes(bytes);
            arrays.add(bytes);
            reads.add(ByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes));
        }
        reader = newReader();
        reader.maxChunkSize(chunkSize);
        red5 = new Red5Decoder(chunkSize);
    }

    @TearDown(Level.Trial)
    public void release() {
        reader.close();
        reads.forEach(ByteBuf::release);
    }

    @Benchmark
    public long millrace(Volume volume) throws RtmpProtocolException {
        for (ByteBuf in : reads) {
            reader.read(in.readerIndex(0));
        }
        volume.add(wireBytes);
        return received;
    }

    @Benchmark
    public long red5(Volume volume) {
        for (byte[] in : arrays) {
            received += red5.decode(in).size();
        }
        volume.add(wireBytes);
        return received;
    }
}
