package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// Writes the head of an HTTP/1.1 reply, RFC 9112 §4.
final class ReplyHead {
    /// On every reply, errors too: a player on another origin must be able to read what went wrong.
    static final String CORS =
            """
            Access-Control-Allow-Origin: *\r
            Access-Control-Allow-Methods: GET, HEAD, OPTIONS\r
            Access-Control-Allow-Headers: Range, Content-Type\r
            Access-Control-Expose-Headers: Age, Server, Content-Length, Content-Range, Date, ETag, X-Request-Id\r
            """;

    private static final byte[] CORS_BYTES = CORS.getBytes(StandardCharsets.US_ASCII);
    private static final byte[][] STATUS_LINES = new byte[600][];

    static {
        for (int status = 100; status < 600; status++) {
            STATUS_LINES[status] =
                    ("HTTP/1.1 "
                                    + status
                                    + " "
                                    + HttpResponseStatus.valueOf(status).reasonPhrase()
                                    + "\r\nServer: Millrace\r\nDate: ")
                            .getBytes(StandardCharsets.US_ASCII);
        }
    }

    private ReplyHead() {}

    /// Status line, Server and Date.
    static void writeStart(ByteBuf out, int status) {
        out.writeBytes(STATUS_LINES[status]);
        out.writeCharSequence(HttpDates.now(), StandardCharsets.US_ASCII);
        out.writeShort('\r' << 8 | '\n');
    }

    static void write(ByteBuf out, String name, CharSequence value) {
        out.writeCharSequence(name, StandardCharsets.ISO_8859_1);
        out.writeShort(':' << 8 | ' ');
        out.writeCharSequence(value, StandardCharsets.ISO_8859_1);
        out.writeShort('\r' << 8 | '\n');
    }

    /// The whole head.
    ///
    /// @param contentLength -1 writes none
    static void write(
            ByteBuf out,
            ReplyPlan plan,
            long contentLength,
            boolean chunked,
            boolean close,
            @Nullable String requestId) {
        writeStart(out, plan.status());
        List<String> headers = plan.headers();
        boolean ownCors = false;
        for (int i = 0; i < headers.size(); i += 2) {
            write(out, headers.get(i), headers.get(i + 1));
            ownCors |= headers.get(i).equalsIgnoreCase("Access-Control-Allow-Origin");
        }
        if (contentLength >= 0) {
            write(out, "Content-Length", Long.toString(contentLength));
        } else if (chunked) {
            write(out, "Transfer-Encoding", "chunked");
        }
        if (close) {
            write(out, "Connection", "close");
        }
        if (requestId != null) {
            write(out, "X-Request-Id", requestId);
        }
        if (!ownCors) {
            out.writeBytes(CORS_BYTES);
        }
        out.writeShort('\r' << 8 | '\n');
    }

    /// A whole 408: no request came.
    static void writeTimeout(ByteBuf out) {
        byte[] text =
                "The request's head did not arrive in time.\n".getBytes(StandardCharsets.US_ASCII);
        var plan =
                new ReplyPlan(
                        408,
                        List.of("Content-Type", "text/plain; charset=utf-8"),
                        text.length,
                        null);
        write(out, plan, text.length, false, true, null);
        out.writeBytes(text);
    }
}
