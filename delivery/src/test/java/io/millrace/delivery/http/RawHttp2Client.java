package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// A client that sends exactly the HTTP/2 frames it is told to and shows each that comes back. It
/// gives no window back unless told to.
final class RawHttp2Client implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int END_HEADERS = 4;
    static final int HEADER_TABLE_SIZE = 1;
    static final int INITIAL_WINDOW = 4;

    /// One frame from the server.
    ///
    /// @param fields of HEADERS
    record Frame(int type, int flags, int stream, byte[] payload, @Nullable Http2Headers fields) {
        Http2Headers headers() {
            return Objects.requireNonNull(fields, "no HEADERS");
        }

        boolean endsStream() {
            return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
        }

        /// Of RST_STREAM or GOAWAY.
        int errorCode() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }
    }

    /// A whole reply.
    record Reply(Http2Headers headers, byte[] body) {
        int status() {
            return Integer.parseInt(String.valueOf(headers.status()));
        }

        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        String header(String name) {
            CharSequence value = headers.get(name);
            return value == null ? "" : value.toString();
        }
    }

    private final Socket socket;
    private final InputStream in;
    private final Map<Integer, Integer> windows = new HashMap<>(Map.of(0, 65_535));
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private @Nullable ByteArrayOutputStream held;

    /// Sends the preface and these settings: identifier, value, identifier, value…
    RawHttp2Client(int port, int... settings) throws IOException {
        this(new Socket(InetAddress.getLoopbackAddress(), port), settings);
    }

    RawHttp2Client(Socket socket, int... settings) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(60_000);
        in = new BufferedInputStream(socket.getInputStream(), 64 << 10);
        socket.getOutputStream()
                .write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        sendSettings(settings);
    }

    RawHttp2Client sendSettings(int... settings) throws IOException {
        ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
        for (int i = 0; i < settings.length; i += 2) {
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
        }
        return send(SETTINGS, 0, 0, payload.array());
    }

    RawHttp2Client send(int type, int flags, int stream, byte... payload) throws IOException {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        ByteArrayOutputStream together = held;
        if (together == null) {
            socket.getOutputStream().write(frame.array());
        } else {
            together.write(frame.array());
        }
        return this;
    }

    /// What is sent from now on goes out in one write.
    void hold() {
        held = new ByteArrayOutputStream();
    }

    void letGo() throws IOException {
        byte[] together = Objects.requireNonNull(held, "hold() first").toByteArray();
        held = null;
        socket.getOutputStream().write(together);
    }

    /// Tells the server how large a table this side keeps, and insists on it from then on: what was
    /// asked for before must be here.
    void tableSize(int bytes) throws IOException {
        sendSettings(HEADER_TABLE_SIZE, bytes);
        try {
            decoder.maxHeaderTableSize(bytes);
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
    }

    /// Name, value, name, value…
    byte[] block(String... fields) throws IOException {
        var headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        ByteBuf out = Unpooled.buffer();
        try {
            encoder.encodeHeaders(1, headers, out);
            return ByteBufUtil.getBytes(out);
        } catch (Http2Exception e) {
            throw new IOException(e);
        } finally {
            out.release();
        }
    }

    /// Sends a request without a body.
    RawHttp2Client get(int stream, String path, String... fields) throws IOException {
        return head(stream, "GET", path, true, fields);
    }

    RawHttp2Client head(int stream, String method, String path, boolean end, String... fields)
            throws IOException {
        String[] all = new String[8 + fields.length];
        System.arraycopy(
                new String[] {
                    ":method", method, ":scheme", "http", ":path", path, ":authority", "test"
                },
                0,
                all,
                0,
                8);
        System.arraycopy(fields, 0, all, 8, fields.length);
        return send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(all));
    }

    RawHttp2Client window(int stream, int bytes) throws IOException {
        return send(WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
    }

    RawHttp2Client reset(int stream) throws IOException {
        return send(RST_STREAM, 0, stream, (byte) 0, (byte) 0, (byte) 0, (byte) 8);
    }

    Frame frame() throws IOException {
        byte[] head = in.readNBytes(9);
        if (head.length < 9) {
            throw new EOFException("closed");
        }
        int length = (head[0] & 0xFF) << 16 | (head[1] & 0xFF) << 8 | (head[2] & 0xFF);
        byte[] payload = in.readNBytes(length);
        if (payload.length < length) {
            throw new EOFException("closed within a frame");
        }
        int stream = ByteBuffer.wrap(head).getInt(5) & 0x7FFF_FFFF;
        if (head[3] == SETTINGS && (head[4] & 1) == 0) {
            send(SETTINGS, 1, 0);
        } else if (head[3] == WINDOW_UPDATE) {
            windows.merge(stream, ByteBuffer.wrap(payload).getInt(), Integer::sum);
        }
        Http2Headers fields = head[3] == HEADERS ? decode(stream, payload) : null;
        return new Frame(head[3], head[4], stream, payload, fields);
    }

    /// The next frame of this type; others are skipped.
    Frame await(int type) throws IOException {
        while (true) {
            Frame frame = frame();
            if (frame.type() == type) {
                return frame;
            }
        }
    }

    /// Each block must be read, for the table that they share.
    private Http2Headers decode(int stream, byte[] payload) throws IOException {
        try {
            return decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
        } catch (Http2Exception e) {
            throw new IOException(e);
        }
    }

    /// Sends a body as its windows allow, and no end; stops when something else comes.
    void sendBody(int stream, int bytes) throws IOException {
        int left = bytes;
        while (left > 0) {
            int take = Math.min(Math.min(left, 16 << 10), Math.min(window(0), window(stream)));
            if (take > 0) {
                send(DATA, 0, stream, new byte[take]);
                windows.merge(0, -take, Integer::sum);
                windows.merge(stream, -take, Integer::sum);
                left -= take;
            } else if (frame().type() == HEADERS) {
                return;
            }
        }
    }

    private int window(int stream) {
        return windows.computeIfAbsent(stream, s -> s == 0 ? 65_535 : 256 << 10);
    }

    /// The whole reply of a stream, giving back the window; frames of others are skipped.
    Reply reply(int stream) throws IOException {
        Http2Headers headers = null;
        var body = new ByteArrayOutputStream();
        while (true) {
            Frame frame = frame();
            if (frame.type() == HEADERS) {
                if (frame.stream() == stream) {
                    headers = frame.headers();
                }
            } else if (frame.type() == DATA && frame.payload().length > 0) {
                window(0, frame.payload().length);
                if (frame.stream() == stream) {
                    body.write(frame.payload());
                    if (!frame.endsStream()) {
                        window(stream, frame.payload().length);
                    }
                }
            } else if (frame.type() == RST_STREAM && frame.stream() == stream) {
                throw new IOException("reset with " + frame.errorCode());
            }
            if (frame.stream() == stream && frame.endsStream()) {
                if (headers == null) {
                    throw new IOException("a reply without a head");
                }
                return new Reply(headers, body.toByteArray());
            }
        }
    }

    /// Whether the server closes, whatever it sends before.
    boolean isClosed() throws IOException {
        try {
            while (true) {
                frame();
            }
        } catch (EOFException | java.net.SocketException _) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
