package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

class PartsReplyTest {
    @TempDir Path folder;

    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final HttpServer server = start(loops);
    private final AtomicInteger freed = new AtomicInteger();

    private HttpServer start(EventLoops on) {
        try {
            return new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, on).start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    /// A file, with its channel or hiding it, as a remote store would, and with its pages or
    /// without.
    private record FileReader(FileChannel file, long size, boolean local, @Nullable FilePages pages)
            implements PagedReader {
        @Override
        public BlobInfo info() {
            return new BlobInfo(BlobKey.of("test"), size, Instant.EPOCH, "test");
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            return file.read(target, position);
        }

        @Override
        public Optional<FileChannel> channel() {
            return local ? Optional.of(file) : Optional.empty();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "true, true, false",
        "false, true, false",
        "true, false, false",
        "true, true, true",
        "false, true, true",
        "true, false, true"
    })
    void partsArriveWholeAndInOrder(boolean local, boolean sameLoops, boolean paged)
            throws Exception {
        byte[] content = new byte[3 << 20];
        new Random(7).nextBytes(content);
        Path file = folder.resolve("content");
        Files.write(file, content);
        EventLoops on = sameLoops ? loops : EventLoops.start(1, false);
        try (FileChannel channel = FileChannel.open(file);
                HttpServer other = start(on)) {
            FilePages pages = paged ? FilePages.of(channel, content.length) : null;
            var reader = new FileReader(channel, content.length, local, pages);
            var random = new Random(11);
            for (int round = 0; round < 40; round++) {
                int largest = 1 << (4 + random.nextInt(17));
                var lengths = new ArrayList<int[]>();
                int total = 0;
                while (total < Math.min(1_500_000, largest * 30)) {
                    int length = random.nextInt(largest);
                    lengths.add(
                            new int[] {
                                random.nextInt(content.length - length), length, random.nextInt(4)
                            });
                    total += length;
                }
                byte[] expected = new byte[total];
                int at = 0;
                for (int[] piece : lengths) {
                    System.arraycopy(content, piece[0], expected, at, piece[1]);
                    at += piece[1];
                }
                String path = "/parts" + local + sameLoops + paged + round;
                router.add(path, "parts", e -> e.reply(reply(reader, content, lengths)));
                try (RawClient client = new RawClient(other.localPort())) {
                    assertThat(client.exchange("GET", path).body()).isEqualTo(expected);
                    int from = random.nextInt(total - 1);
                    int to = from + 1 + random.nextInt(total - from - 1);
                    assertThat(
                                    client.exchange(
                                                    "GET",
                                                    path,
                                                    "Range: bytes=" + from + "-" + (to - 1))
                                            .body())
                            .isEqualTo(Arrays.copyOfRange(expected, from, to));
                }
            }
            await().untilAsserted(() -> assertThat(freed).hasValue(80));
        } finally {
            if (!sameLoops) {
                on.close();
            }
        }
    }

    private HttpReply reply(FileReader reader, byte[] content, List<int[]> lengths) {
        var parts = new ArrayList<HttpBody.Part>();
        for (int[] piece : lengths) {
            parts.add(
                    switch (piece[2]) {
                        case 0 ->
                                new HttpBody.BufferPart(
                                        Unpooled.wrappedBuffer(content, piece[0], piece[1]));
                        case 1 ->
                                new HttpBody.BufferPart(
                                        Unpooled.directBuffer(Math.max(1, piece[1]))
                                                .writeBytes(content, piece[0], piece[1]));
                        default -> new HttpBody.BlobPart(reader, piece[0], piece[1]);
                    });
        }
        return HttpReply.parts(200, "video/mp4", parts, freed::incrementAndGet).ranges();
    }

    /// Makes a known content; every third piece cannot be made without waiting.
    private static final class SomeBytes implements BodyMaker {
        private final byte[] content;
        private final int failAt;
        private int at;
        private int size;
        private int asked;

        SomeBytes(byte[] content, int failAt) {
            this.content = content;
            this.failAt = failAt;
        }

        @Override
        public int next(int wantedBytes) {
            size = Math.min(content.length - at, wantedBytes / 2 + 7 * (at % 1000));
            return size;
        }

        @Override
        public boolean make(ByteBuf target, boolean residentOnly) throws IOException {
            if (residentOnly && ++asked % 3 == 0) {
                return false;
            }
            if (at + size > failAt) {
                throw new IOException("the file ends here");
            }
            target.writeBytes(content, at, size);
            at += size;
            return true;
        }
    }

    @Test
    void partsThatAreMadeArriveWholeBetweenOthers() throws Exception {
        byte[] content = new byte[3 << 20];
        new Random(5).nextBytes(content);
        router.add(
                "/made",
                "made",
                e ->
                        e.reply(
                                HttpReply.parts(
                                        200,
                                        "video/mp2t",
                                        List.of(
                                                new HttpBody.BufferPart(
                                                        Unpooled.wrappedBuffer(content, 0, 99)),
                                                new HttpBody.MadePart(
                                                        new SomeBytes(content, content.length),
                                                        content.length),
                                                new HttpBody.BufferPart(
                                                        Unpooled.wrappedBuffer(content, 0, 7))),
                                        freed::incrementAndGet)));
        byte[] expected = new byte[content.length + 106];
        System.arraycopy(content, 0, expected, 0, 99);
        System.arraycopy(content, 0, expected, 99, content.length);
        System.arraycopy(content, 0, expected, 99 + content.length, 7);
        try (RawClient client = new RawClient(server.localPort())) {
            assertThat(client.exchange("GET", "/made").body()).isEqualTo(expected);
            assertThat(client.exchange("GET", "/made").body()).isEqualTo(expected);
        }
        await().untilAsserted(() -> assertThat(freed).hasValue(2));
    }

    @Test
    void partThatCannotBeMadeBreaksTheReplyOff() throws Exception {
        byte[] content = new byte[3 << 20];
        router.add(
                "/torn",
                "torn",
                e ->
                        e.reply(
                                HttpReply.parts(
                                        200,
                                        "video/mp2t",
                                        List.of(
                                                new HttpBody.MadePart(
                                                        new SomeBytes(content, 1 << 20),
                                                        content.length)),
                                        freed::incrementAndGet)));
        try (Socket socket = new Socket("127.0.0.1", server.localPort())) {
            socket.getOutputStream()
                    .write(
                            "GET /torn HTTP/1.1\r\nHost: a\r\n\r\n"
                                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().readAllBytes().length).isLessThan(content.length);
        }
        await().untilAsserted(() -> assertThat(freed).hasValue(1));
    }

    /// More runs than one call takes, more bytes than a socket does, and requests one behind the
    /// other.
    @Test
    void manyShortRunsReachAClientThatReadsLate() throws Exception {
        byte[] content = new byte[6 << 20];
        new Random(3).nextBytes(content);
        Path file = folder.resolve("runs");
        Files.write(file, content);
        try (FileChannel channel = FileChannel.open(file);
                FilePages pages = FilePages.of(channel, content.length)) {
            var reader = new FileReader(channel, content.length, true, pages);
            var random = new Random(4);
            var lengths = new ArrayList<int[]>();
            int total = 0;
            for (int i = 0; i < 5000; i++) {
                int length = random.nextInt(i % 50 == 0 ? 60_000 : 1500);
                int kind = i % 20 == 0 ? 1 : 2;
                lengths.add(new int[] {random.nextInt(content.length - length), length, kind});
                total += length;
            }
            byte[] expected = new byte[total];
            int at = 0;
            for (int[] piece : lengths) {
                System.arraycopy(content, piece[0], expected, at, piece[1]);
                at += piece[1];
            }
            router.add("/runs", "runs", e -> e.reply(reply(reader, content, lengths)));
            Socket socket = new Socket();
            socket.setReceiveBufferSize(16 << 10);
            socket.connect(new InetSocketAddress("127.0.0.1", server.localPort()));
            try (RawClient client = new RawClient(socket);
                    RawClient meanwhile = new RawClient(server.localPort())) {
                String request = RawClient.get("/runs");
                client.send(request + request + request);
                // Answered only after the socket above is full, for both have one event loop.
                assertThat(meanwhile.exchange("GET", "/nothing").status()).isEqualTo(404);
                for (int i = 0; i < 3; i++) {
                    assertThat(client.read().body()).isEqualTo(expected);
                }
            }
            await().untilAsserted(() -> assertThat(freed).hasValue(3));
        }
    }

    @Test
    void aClientThatLeavesFreesTheParts() throws Exception {
        Path file = folder.resolve("large");
        Files.write(file, new byte[20 << 20]);
        try (FileChannel channel = FileChannel.open(file)) {
            for (boolean local : new boolean[] {true, false}) {
                freed.set(0);
                var reader =
                        new FileReader(channel, 20 << 20, local, FilePages.of(channel, 20 << 20));
                router.add(
                        "/large" + local,
                        "large",
                        e ->
                                e.reply(
                                        HttpReply.parts(
                                                200,
                                                "video/mp4",
                                                List.of(new HttpBody.BlobPart(reader, 0, 20 << 20)),
                                                freed::incrementAndGet)));
                for (int i = 0; i < 5; i++) {
                    Socket socket = new Socket();
                    socket.setReceiveBufferSize(16 << 10);
                    socket.connect(new InetSocketAddress("127.0.0.1", server.localPort()));
                    try (RawClient client = new RawClient(socket)) {
                        client.send(RawClient.get("/large" + local));
                        assertThat(socket.getInputStream().readNBytes(5000)).hasSize(5000);
                    }
                }
                await().untilAsserted(() -> assertThat(freed).hasValue(5));
            }
        }
    }

    @Test
    void aFileThatEndsEarlyBreaksTheReplyOff() throws Exception {
        Path file = folder.resolve("short");
        Files.write(file, new byte[100_000]);
        try (FileChannel channel = FileChannel.open(file)) {
            for (boolean local : new boolean[] {true, false}) {
                var reader =
                        new FileReader(channel, 100_000, local, FilePages.of(channel, 100_000));
                String path = "/short" + local;
                router.add(
                        path,
                        "short",
                        e ->
                                e.reply(
                                        HttpReply.parts(
                                                200,
                                                "video/mp4",
                                                List.of(new HttpBody.BlobPart(reader, 0, 200_000)),
                                                freed::incrementAndGet)));
                try (RawClient client = new RawClient(server.localPort())) {
                    client.send(RawClient.get(path));
                    org.assertj.core.api.Assertions.assertThatThrownBy(client::read)
                            .isInstanceOf(IOException.class);
                }
            }
            await().untilAsserted(() -> assertThat(freed).hasValue(2));
        }
    }

    /// What is mapped may be cut: the reply breaks off, and nothing else happens.
    @Test
    void aFileCutUnderItsPagesBreaksTheReplyOff() throws Exception {
        Path file = folder.resolve("cut");
        Files.write(file, new byte[1 << 20]);
        try (FileChannel channel = FileChannel.open(file);
                FilePages pages = FilePages.of(channel, 1 << 20)) {
            var reader = new FileReader(channel, 1 << 20, true, pages);
            var parts = new ArrayList<HttpBody.Part>();
            for (int i = 0; i < 100; i++) {
                parts.add(new HttpBody.BlobPart(reader, i * 10_000L, 5000));
            }
            try (FileChannel cut = FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
                cut.truncate(100_000);
            }
            router.add(
                    "/cut",
                    "cut",
                    e -> e.reply(HttpReply.parts(200, "video/mp4", parts, freed::incrementAndGet)));
            try (RawClient client = new RawClient(server.localPort())) {
                client.send(RawClient.get("/cut"));
                org.assertj.core.api.Assertions.assertThatThrownBy(client::read)
                        .isInstanceOf(IOException.class);
            }
            await().untilAsserted(() -> assertThat(freed).hasValue(1));
        }
    }
}
