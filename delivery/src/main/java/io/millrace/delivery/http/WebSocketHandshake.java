package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// The opening handshake of RFC 6455 §4.2.
final class WebSocketHandshake {
    private static final String MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    private WebSocketHandshake() {}

    /// Whether a request asks for it, well or not.
    static boolean isWanted(RequestHead head) {
        return head.protocol() == RequestHead.Protocol.HTTP_1_1
                && head.method().equals("GET")
                && head.headers()
                        .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                && head.headers()
                        .containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    }

    /// What to answer instead of 101; null when the handshake is good.
    static @Nullable HttpReply refusal(RequestHead head) {
        if (!isWanted(head)) {
            return HttpReply.text(426, "A WebSocket is spoken here, over HTTP/1.1.")
                    .header("Connection", "Upgrade")
                    .header("Upgrade", "websocket");
        }
        if (!"13".equals(head.header("Sec-WebSocket-Version"))) {
            return HttpReply.text(426, "The only version of WebSocket spoken here is 13.")
                    .header("Connection", "Upgrade")
                    .header("Upgrade", "websocket")
                    .header("Sec-WebSocket-Version", "13");
        }
        if (!isKey(head.header("Sec-WebSocket-Key")) || head.hasBody()) {
            return HttpReply.text(400, "The request is no WebSocket handshake.");
        }
        return null;
    }

    private static boolean isKey(@Nullable String key) {
        if (key == null || key.length() > 32) {
            return false;
        }
        try {
            return Base64.getDecoder().decode(key.trim()).length == KEY_BYTES;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    /// Writes the answer to a good one.
    static void write(ByteBuf out, RequestHead head) {
        ReplyHead.writeStart(out, 101);
        ReplyHead.write(out, "Upgrade", "websocket");
        ReplyHead.write(out, "Connection", "Upgrade");
        ReplyHead.write(
                out,
                "Sec-WebSocket-Accept",
                accept(String.valueOf(head.header("Sec-WebSocket-Key"))));
        out.writeShort('\r' << 8 | '\n');
    }

    /// The value of `Sec-WebSocket-Accept`.
    static String accept(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1")
                            .digest((key.trim() + MAGIC).getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
