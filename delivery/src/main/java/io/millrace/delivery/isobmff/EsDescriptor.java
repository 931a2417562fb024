package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;

/// What we need of `ES_Descriptor`, ISO/IEC 14496-1 §7.2.6.5: tag, length (seven bits a byte) and
/// body, nested.
///
///     3 ES_Descriptor: ES_ID u16, flags u8, [depends u16] [url] [ocr u16]
///       4 DecoderConfigDescriptor: object type u8, stream type u8, buffer u24, rates u32 u32
///         5 DecoderSpecificInfo
///
/// @param objectType 0x40 MPEG-4 audio, 0x66..0x68 MPEG-2 AAC, 0x69 and 0x6B MP3
/// @param specificInfo the decoder's configuration, empty when there is none
record EsDescriptor(int objectType, byte[] specificInfo) {
    static EsDescriptor read(BoxReader in) throws MalformedMediaException {
        expect(in, 3);
        in.skip(2);
        int flags = in.u8();
        if ((flags & 0x80) != 0) {
            in.skip(2);
        }
        if ((flags & 0x40) != 0) {
            in.skip(in.u8());
        }
        if ((flags & 0x20) != 0) {
            in.skip(2);
        }
        expect(in, 4);
        int objectType = in.u8();
        in.skip(12);
        byte[] info = {};
        if (in.left() > 2) {
            int tag = in.u8();
            int length = length(in);
            if (tag == 5) {
                info = new byte[Math.min(length, in.left())];
                for (int i = 0; i < info.length; i++) {
                    info[i] = (byte) in.u8();
                }
            }
        }
        return new EsDescriptor(objectType, info);
    }

    private static void expect(BoxReader in, int tag) throws MalformedMediaException {
        int found = in.u8();
        if (found != tag) {
            throw new MalformedMediaException(
                    in.path(), in.offset() - 1, "descriptor " + found + " (expected: " + tag + ")");
        }
        length(in);
    }

    private static int length(BoxReader in) throws MalformedMediaException {
        int length = 0;
        for (int i = 0; i < 4; i++) {
            int b = in.u8();
            length = length << 7 | b & 0x7F;
            if ((b & 0x80) == 0) {
                break;
            }
        }
        return length;
    }
}
