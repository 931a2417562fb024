package io.millrace.delivery.codec.cea;

/// Finds out which caption channels the `cc_data` of some pictures uses (CEA-708 §4.4, ATSC A/53
/// part 4 §6.2.3). To be fed in the order of presentation. One thread.
///
/// ```
/// cc_data: each three bytes
/// 5  ones
/// 1  cc_valid
/// 2  cc_type: 0, 1: a pair of CEA-608, field 1 or 2; 3: a DTVCC packet starts; 2: it goes on
/// 16 cc_data_1, cc_data_2
/// ```
///
/// Of CEA-608 a control code tells its channel; what comes before the first one is the field's
/// first channel's, as is mere padding of field 1: whoever pads a channel means to use it.
public final class CaptionScanner {
    private static final int XDS_LAST = 0x0F;

    private int channels;
    private long services;
    private final int[] channelOfField = {1, 3};
    private boolean inXds;

    private final byte[] packet = new byte[128];
    private int packetSize;
    private int packetFilled;

    /// @param triples `cc_data` of one picture, three bytes each
    public void picture(byte[] triples) {
        for (int at = 0; at + 3 <= triples.length; at += 3) {
            boolean isValid = (triples[at] & 4) != 0;
            int type = triples[at] & 3;
            if (!isValid) {
                // An invalid start ends a packet all the same.
                if (type == 3) {
                    packetSize = 0;
                }
                continue;
            }
            if (type < 2) {
                pair(type, triples[at + 1] & 0x7F, triples[at + 2] & 0x7F);
            } else {
                packet(type == 3, triples[at + 1], triples[at + 2]);
            }
        }
    }

    /// CEA-608 without parity.
    private void pair(int field, int first, int second) {
        if (first == 0 && second == 0) {
            if (field == 0) {
                channels |= 1;
            }
            return;
        }
        if (first >= 0x10 && first < 0x20) {
            channelOfField[field] = 1 + 2 * field + (first >> 3 & 1);
            inXds &= field != 1;
        } else if (field == 1 && first > 0 && first <= XDS_LAST) {
            inXds = first != XDS_LAST;
            return;
        } else if (field == 1 && inXds || first < 0x10) {
            return;
        }
        channels |= 1 << channelOfField[field] - 1;
    }

    /// Gathers a DTVCC packet: `sequence_number` (2 bits), `packet_size_code` (6), service blocks.
    private void packet(boolean starts, byte first, byte second) {
        if (starts) {
            int code = first & 0x3F;
            packetSize = code == 0 ? packet.length : 2 * code;
            packetFilled = 0;
        }
        if (packetFilled + 2 > packetSize) {
            return;
        }
        packet[packetFilled++] = first;
        packet[packetFilled++] = second;
        if (packetFilled == packetSize) {
            blocks();
            packetSize = 0;
        }
    }

    /// Service blocks: `service_number` (3 bits; 7: six more follow), `block_size` (5), the block.
    private void blocks() {
        int at = 1;
        while (at < packetSize) {
            int number = (packet[at] & 0xFF) >> 5;
            int size = packet[at++] & 0x1F;
            if (number == 7 && size > 0 && at < packetSize) {
                number = packet[at++] & 0x3F;
            }
            if (number == 0) {
                return; // padding up to the end
            }
            if (size > 0 && at + size <= packetSize) {
                services |= 1L << number - 1;
            }
            at += size;
        }
    }

    public CaptionChannels found() {
        return new CaptionChannels(channels, services);
    }
}
