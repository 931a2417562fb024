package io.millrace.delivery.faults;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// A GET whose answer is taken only as far as the test says, so that the rest is still in the
/// server.
final class RunningRequest implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;
    private final String head;

    RunningRequest(int port, String path, String... headers) throws IOException {
        socket = new Socket();
        socket.setReceiveBufferSize(64 << 10);
        socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        socket.setSoTimeout(60_000);
        var request = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            request.append(header).append("\r\n");
        }
        socket.getOutputStream()
                .write(
                        request.append("Connection: close\r\n\r\n")
                                .toString()
                                .getBytes(StandardCharsets.ISO_8859_1));
        in = socket.getInputStream();
        var read = new ByteArrayOutputStream();
        while (!read.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = in.read();
            if (b < 0) {
                throw new IOException("closed within the head: " + read);
            }
            read.write(b);
        }
        head = read.toString(StandardCharsets.ISO_8859_1);
    }

    /// Status line and headers.
    String head() {
        return head;
    }

    byte[] read(int size) throws IOException {
        return in.readNBytes(size);
    }

    /// What comes until the server ends the connection, in whatever way.
    byte[] readRest() {
        var all = new ByteArrayOutputStream();
        try {
            byte[] buffer = new byte[64 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                all.write(buffer, 0, n);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server neither sends nor closes", e);
        } catch (IOException _) {
            // Reset.
        }
        return all.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
