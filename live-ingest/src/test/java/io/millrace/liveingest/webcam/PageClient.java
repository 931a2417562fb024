package io.millrace.liveingest.webcam;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A page's side of the protocol, without a page.
final class PageClient implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient http = HttpClient.newHttpClient();
    private final BlockingQueue<JsonNode> said = new LinkedBlockingQueue<>();
    private final WebSocket socket;

    PageClient(String url) throws Exception {
        socket =
                http.newWebSocketBuilder()
                        .buildAsync(URI.create(url), new Messages())
                        .get(60, TimeUnit.SECONDS);
    }

    private final class Messages implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            said.add(JSON.readTree(data.toString()));
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            said.add(JSON.readTree("{\"type\":\"closed\",\"code\":" + code + "}"));
            return CompletableFuture.completedStage(null);
        }
    }

    PageClient text(String text) throws Exception {
        socket.sendText(text.replace('\'', '"'), true).get(60, TimeUnit.SECONDS);
        return this;
    }

    PageClient hello(String session, String key, long offset) throws Exception {
        return text(
                "{'type':'hello','session':'"
                        + session
                        + "','key':'"
                        + key
                        + "','mime':'video/webm','offset':"
                        + offset
                        + "}");
    }

    PageClient bytes(byte[] all, int from, int to) throws Exception {
        for (int at = from; at < to; ) {
            int size = Math.min(3000, to - at);
            socket.sendBinary(ByteBuffer.wrap(all, at, size), true).get(60, TimeUnit.SECONDS);
            at += size;
        }
        return this;
    }

    /// The next message of a type; others are passed over.
    JsonNode await(String type) throws InterruptedException {
        for (long left = 100; left > 0; left--) {
            JsonNode next = said.poll(60, TimeUnit.SECONDS);
            if (next == null) {
                break;
            }
            if (next.path("type").asString("").equals(type)) {
                return next;
            }
        }
        throw new AssertionError("no " + type + " came");
    }

    /// Waits until so much is acknowledged.
    void awaitAck(long offset) throws InterruptedException {
        while (await("ack").path("offset").asLong() < offset) {
            // the next one
        }
    }

    /// As a browser does when the page is closed.
    void leave() throws Exception {
        socket.sendClose(1001, "").get(60, TimeUnit.SECONDS);
    }

    /// As a network does that breaks.
    void cut() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
    }
}
