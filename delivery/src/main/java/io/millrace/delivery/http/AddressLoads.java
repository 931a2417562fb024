package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// What each client address has open: IPv4 by address, IPv6 by /64, which is what one client gets.
/// Holds an entry for an address only while it has connections. Thread-safe.
final class AddressLoads {
    /// Of one address.
    static final class Load {
        private final InetAddress key;

        /// Changed only within the map's own lock on the key.
        private int connections;

        private final AtomicInteger requests = new AtomicInteger();

        private Load(InetAddress key) {
            this.key = key;
        }

        AtomicInteger requests() {
            return requests;
        }
    }

    private final ConcurrentHashMap<InetAddress, Load> byAddress = new ConcurrentHashMap<>();
    private final int maxConnections;

    /// @param maxConnections of one address; 0: any number
    AddressLoads(int maxConnections) {
        this.maxConnections = maxConnections;
    }

    /// Counts a connection; null when it is one too many.
    @Nullable Load open(InetAddress address) {
        boolean[] refused = {false};
        Load load =
                byAddress.compute(
                        network(address),
                        (key, known) -> {
                            Load entry = known == null ? new Load(key) : known;
                            if (maxConnections > 0 && entry.connections >= maxConnections) {
                                refused[0] = true;
                            } else {
                                entry.connections++;
                            }
                            return entry;
                        });
        return refused[0] ? null : load;
    }

    void close(Load load) {
        byAddress.computeIfPresent(load.key, (_, known) -> --known.connections == 0 ? null : known);
    }

    int addresses() {
        return byAddress.size();
    }

    private static InetAddress network(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, 8, 16, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
