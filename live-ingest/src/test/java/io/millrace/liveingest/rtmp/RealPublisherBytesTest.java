package io.millrace.liveingest.rtmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.GStreamer;
import io.millrace.liveingest.LiveServer;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Audio;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/// The bytes a real ffmpeg sends when it publishes, taken on their way to our server, cut in every
/// way a network may cut them.
class RealPublisherBytesTest {
    private static final int HANDSHAKE_BYTES = 1 + 2 * 1536;

    /// Without a record of each piece, for leaks, all of a recording can be taken byte by byte.
    private static final ByteBufAllocator PLAIN = new UnpooledByteBufAllocator(false, true);

    @TempDir static Path folder;
    private static byte[] wire = new byte[0];
    private static List<String> expected = List.of();

    /// A publisher with an end, given its URL.
    @FunctionalInterface
    private interface Publisher {
        void publish(String url) throws Exception;
    }

    @BeforeAll
    static void record() throws Exception {
        wire =
                record(
                        url -> {
                            try (var publisher =
                                    FfmpegProcess.ffmpeg(
                                            folder, FfmpegProcess.testSignal(2, url))) {
                                assertThat(publisher.await(60)).isZero();
                            }
                        });
        expected = decode(wire, new int[0]);
    }

    /// What it sent after the handshake.
    private static byte[] record(Publisher publisher) throws Exception {
        var recorded = new ByteArrayOutputStream();
        try (var server =
                        new LiveServer(Files.createTempDirectory(folder, "blobs").resolve("live"));
                var proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread =
                    Thread.ofVirtual()
                            .start(() -> forward(proxy, server.live.rtmpPort(), recorded));
            publisher.publish(
                    "rtmp://127.0.0.1:" + proxy.getLocalPort() + "/kLive/0_realbyte_1?t=secret");
            thread.join(TimeUnit.SECONDS.toMillis(20));
        }
        byte[] all = recorded.toByteArray();
        return Arrays.copyOfRange(all, HANDSHAKE_BYTES, all.length);
    }

    private static void forward(ServerSocket proxy, int port, OutputStream recorded) {
        try (Socket client = proxy.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            Thread back =
                    Thread.ofVirtual()
                            .start(
                                    () -> {
                                        try {
                                            server.getInputStream()
                                                    .transferTo(client.getOutputStream());
                                        } catch (IOException _) {
                                            // the other direction ends the test
                                        }
                                    });
            InputStream in = client.getInputStream();
            byte[] buffer = new byte[16 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                recorded.write(buffer, 0, n);
                server.getOutputStream().write(buffer, 0, n);
            }
            server.shutdownOutput();
            back.join(2000);
        } catch (IOException _) {
            // ffmpeg may just close
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// What the bytes say when they arrive cut at `cuts` (sorted).
    private static List<String> decode(byte[] bytes, int[] cuts) throws RtmpProtocolException {
        return decode(bytes, cuts, ByteBufAllocator.DEFAULT);
    }

    private static List<String> decode(byte[] bytes, int[] cuts, ByteBufAllocator allocator)
            throws RtmpProtocolException {
        List<String> messages = new ArrayList<>();
        var readers = new ChunkReader[1];
        try (var reader =
                new ChunkReader(
                        allocator,
                        (type, time, msid, payload) ->
                                messages.add(
                                        text(
                                                readers[0],
                                                RtmpMessageReader.read(
                                                        type, time, msid, payload))))) {
            readers[0] = reader;
            ByteBuf arrived = Unpooled.wrappedBuffer(bytes).writerIndex(0);
            for (int cut : cuts) {
                reader.read(arrived.writerIndex(cut));
            }
            reader.read(arrived.writerIndex(bytes.length));
        }
        return messages;
    }

    private static String text(ChunkReader reader, RtmpMessage message)
            throws RtmpProtocolException {
        return switch (message) {
            case Audio(int msid, long time, ByteBuf body) -> media("audio", msid, time, body);
            case Video(int msid, long time, ByteBuf body) -> media("video", msid, time, body);
            case SetChunkSize(int size) -> {
                reader.maxChunkSize(size);
                yield message.toString();
            }
            default -> message.toString();
        };
    }

    private static String media(String kind, int msid, long time, ByteBuf body) {
        try {
            return kind
                    + msid
                    + " "
                    + time
                    + " "
                    + body.readableBytes()
                    + " "
                    + ByteBufUtil.hashCode(body);
        } finally {
            body.release();
        }
    }

    @Test
    void isTheConversationThatFfmpegHolds() throws Exception {
        List<String> commands = new ArrayList<>();
        var readers = new ChunkReader[1];
        try (var reader =
                new ChunkReader(
                        ByteBufAllocator.DEFAULT,
                        (type, time, msid, payload) -> {
                            RtmpMessage message = RtmpMessageReader.read(type, time, msid, payload);
                            text(readers[0], message);
                            if (message instanceof Command command) {
                                commands.add(command.name());
                            }
                        })) {
            readers[0] = reader;
            reader.read(Unpooled.wrappedBuffer(wire));
        }
        assertThat(commands)
                .containsSubsequence(
                        "connect",
                        "releaseStream",
                        "FCPublish",
                        "createStream",
                        "publish",
                        "FCUnpublish",
                        "deleteStream");
        assertThat(expected).filteredOn(m -> m.startsWith("video1 ")).hasSize(50 + 2);
    }

    @Test
    void meansTheSameCutInTwoAtEveryPositionOfItsStart() throws Exception {
        byte[] start = Arrays.copyOf(wire, Math.min(wire.length, 3000));
        List<String> whole = decode(start, new int[0]);
        assertThat(whole).isNotEmpty();
        for (int cut = 1; cut < start.length; cut++) {
            assertThat(decode(start, new int[] {cut})).isEqualTo(whole);
        }
    }

    @Test
    void meansTheSameCutIntoBytesAndIntoRandomPieces() throws Exception {
        int[] every = IntStream.range(1, wire.length).toArray();
        assertThat(decode(wire, every, PLAIN)).isEqualTo(expected);
        for (int seed = 0; seed < 10; seed++) {
            int[] cuts = new Random(seed).ints(200, 1, wire.length).sorted().distinct().toArray();
            assertThat(decode(wire, cuts)).isEqualTo(expected);
        }
    }

    /// GStreamer's own RTMP announces chunks of 128 bytes; librtmp puts everything on one chunk
    /// stream.
    @ParameterizedTest
    @ValueSource(strings = {"rtmp2sink", "rtmpsink"})
    void whatGStreamerSendsMeansTheSameHoweverItIsCut(String sink) throws Exception {
        assumeTrue(GStreamer.has(sink, "x264enc", "voaacenc", "flvmux"));
        byte[] bytes =
                record(
                        url -> {
                            try (var publisher =
                                    GStreamer.launch(folder, GStreamer.testSignal(2, sink, url))) {
                                assertThat(publisher.await(60)).as(publisher.output()).isZero();
                            }
                        });
        List<String> whole = decode(bytes, new int[0]);
        assertThat(whole).filteredOn(m -> m.startsWith("video1 ")).hasSizeGreaterThanOrEqualTo(51);
        byte[] start = Arrays.copyOf(bytes, Math.min(bytes.length, 1500));
        List<String> startWhole = decode(start, new int[0]);
        for (int cut = 1; cut < start.length; cut++) {
            assertThat(decode(start, new int[] {cut})).isEqualTo(startWhole);
        }
        int[] every = IntStream.range(1, bytes.length).toArray();
        assertThat(decode(bytes, every, PLAIN)).isEqualTo(whole);
        for (int seed = 0; seed < 5; seed++) {
            int[] cuts = new Random(seed).ints(200, 1, bytes.length).sorted().distinct().toArray();
            assertThat(decode(bytes, cuts)).isEqualTo(whole);
        }
    }
}
