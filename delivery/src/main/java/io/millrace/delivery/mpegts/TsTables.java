package io.millrace.delivery.mpegts;

import java.util.List;

/// PAT and PMT of one program, each a packet. Streams are on PIDs from {@link #FIRST_PID} in order,
/// the first carries the clock.
///
/// @param pat whole packet; {@link TsPacketizer#table} sets its continuity counter
public record TsTables(byte[] pat, byte[] pmt) {
    public static final int FIRST_PID = Psi.FIRST_PID;

    /// Bytes of both.
    public static final int SIZE = 2 * TsPacketizer.PACKET;

    public static TsTables of(List<TsStream> streams) {
        return new TsTables(Psi.pat(), Psi.pmt(streams));
    }
}
