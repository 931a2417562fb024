package io.millrace.delivery.mpegts;

import java.util.List;
import java.util.zip.Checksum;

/// PAT and PMT as whole packets, ISO/IEC 13818-1 §2.4.4. Program 1, PMT on PID 0xFFF; streams from
/// PID 0x100 on, the first of them carrying the PCR.
final class Psi {
    static final int PMT_PID = 0xFFF;
    static final int FIRST_PID = 0x100;
    private static final int TABLE_START = 5; // header and pointer_field

    private Psi() {}

    static byte[] pat() {
        byte[] packet = packet(0);
        int at = TABLE_START;
        packet[at++] = 0; // table_id
        packet[at++] = (byte) 0xB0;
        packet[at++] = 13; // section_length
        at = u16(packet, at, 1); // transport_stream_id
        packet[at++] = (byte) 0xC1; // version 0, current
        packet[at++] = 0;
        packet[at++] = 0;
        at = u16(packet, at, 1); // program
        at = u16(packet, at, 0xE000 | PMT_PID);
        crc(packet, at);
        return packet;
    }

    static byte[] pmt(List<TsStream> streams) {
        byte[] packet = packet(PMT_PID);
        int at = TABLE_START;
        packet[at++] = 2; // table_id
        int lengthAt = at;
        at += 2;
        at = u16(packet, at, 1); // program
        packet[at++] = (byte) 0xC1;
        packet[at++] = 0;
        packet[at++] = 0;
        at = u16(packet, at, 0xE000 | FIRST_PID); // PCR
        at = u16(packet, at, 0xF000);
        for (int i = 0; i < streams.size(); i++) {
            TsStream stream = streams.get(i);
            packet[at++] = (byte) stream.streamType();
            at = u16(packet, at, 0xE000 | FIRST_PID + i);
            at = u16(packet, at, 0xF000 | stream.descriptors().length);
            System.arraycopy(stream.descriptors(), 0, packet, at, stream.descriptors().length);
            at += stream.descriptors().length;
        }
        u16(packet, lengthAt, 0xB000 | at + 4 - lengthAt - 2);
        crc(packet, at);
        return packet;
    }

    private static byte[] packet(int pid) {
        byte[] packet = new byte[TsPacketizer.PACKET];
        java.util.Arrays.fill(packet, (byte) 0xFF);
        packet[0] = 0x47;
        packet[1] = (byte) (0x40 | pid >> 8);
        packet[2] = (byte) pid;
        packet[3] = 0x10;
        packet[4] = 0; // pointer_field
        return packet;
    }

    private static void crc(byte[] packet, int end) {
        Checksum crc = new MpegCrc32();
        crc.update(packet, TABLE_START, end - TABLE_START);
        int value = (int) crc.getValue();
        u16(packet, u16(packet, end, value >>> 16), value);
    }

    private static int u16(byte[] packet, int at, int value) {
        packet[at] = (byte) (value >> 8);
        packet[at + 1] = (byte) value;
        return at + 2;
    }
}
