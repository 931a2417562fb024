package io.millrace.liveingest;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.CountDownLatch;

/// The line to a node, which can go dead without anybody being told: connections stay open, and
/// nothing comes through them any more.
public final class StallingProxy implements AutoCloseable {
    private final ServerSocket listening;
    private final URI to;
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean dead;

    public StallingProxy(URI to) throws IOException {
        this.to = to;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + listening.getLocalPort());
    }

    /// Nothing comes through any more.
    public void die() {
        dead = true;
    }

    private void accept() {
        while (true) {
            try {
                Socket near = listening.accept();
                Socket far = new Socket(to.getHost(), to.getPort());
                Thread.ofVirtual().start(() -> pump(near, far));
                Thread.ofVirtual().start(() -> pump(far, near));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void pump(Socket from, Socket into) {
        byte[] buffer = new byte[16 << 10];
        try (from;
                into) {
            for (int n = from.getInputStream().read(buffer);
                    n >= 0;
                    n = from.getInputStream().read(buffer)) {
                if (dead) {
                    closed.await();
                    return;
                }
                into.getOutputStream().write(buffer, 0, n);
            }
        } catch (IOException _) {
            // one of them is gone
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        closed.countDown();
        listening.close();
    }
}
