package io.millrace.benchmarks.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What this machine's kernel counted of TCP: server and clients share its memory for sockets,
/// which thousands of machines do not.
///
/// @param pressures how often sockets together held more than `tcp_mem` likes
/// @param dropped segments for whose bytes the receiver had no memory
/// @param timeouts after which something was sent again, each twice as long as the one before
record TcpCounters(long pressures, long dropped, long timeouts) {
    static TcpCounters now() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("/proc/net/netstat"));
        return new TcpCounters(
                value(lines, "TCPMemoryPressures"),
                value(lines, "TCPRcvQDrop")
                        + value(lines, "TCPOFODrop")
                        + value(lines, "RcvPruned"),
                value(lines, "TCPTimeouts"));
    }

    /// The file has a line of names before each line of values.
    private static long value(List<String> lines, String name) {
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            List<String> names = List.of(lines.get(i).split(" ", -1));
            int at = names.indexOf(name);
            if (at >= 0) {
                return Long.parseLong(lines.get(i + 1).split(" ", -1)[at]);
            }
        }
        return 0;
    }

    /// Held by all sockets now.
    static long socketBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/net/sockstat"))) {
            if (line.startsWith("TCP:")) {
                return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)) * 4096;
            }
        }
        return 0;
    }

    String since(TcpCounters before) {
        return String.format(
                Locale.ROOT,
                "short of TCP memory %d times, %d segments dropped, %d retransmission timeouts",
                pressures - before.pressures,
                dropped - before.dropped,
                timeouts - before.timeouts);
    }
}
