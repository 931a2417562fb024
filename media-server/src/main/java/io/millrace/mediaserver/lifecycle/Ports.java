package io.millrace.mediaserver.lifecycle;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/// Looks at the ports before anything slow starts, so that a busy one is said at once, and all of
/// them together.
public final class Ports {
    private record Wanted(String bind, int port, String key) {}

    private final List<Wanted> wanted = new ArrayList<>();

    /// @param port below 1: switched off, or picked by the system
    public Ports want(String bind, int port, String key) {
        if (port > 0) {
            wanted.add(new Wanted(bind, port, key));
        }
        return this;
    }

    public void check() throws StartException {
        var busy = new ArrayList<String>();
        for (Wanted want : wanted) {
            try (var socket = new ServerSocket()) {
                socket.setReuseAddress(true);
                socket.bind(new InetSocketAddress(InetAddress.getByName(want.bind()), want.port()));
            } catch (IOException e) {
                busy.add(
                        "Port "
                                + want.port()
                                + " of "
                                + want.bind()
                                + " can't be used: "
                                + e.getMessage()
                                + ". Set "
                                + want.key()
                                + " or --port-base, or stop what listens there.");
            }
        }
        if (!busy.isEmpty()) {
            throw new StartException(String.join("\n", busy));
        }
    }
}
