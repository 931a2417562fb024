package io.millrace.delivery.drm;

import io.millrace.delivery.isobmff.BoxWriter;
import io.millrace.delivery.isobmff.FourCc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import java.nio.ByteBuffer;

/// A codec's sample entry made `encv` or `enca`, ISO/IEC 14496-12 §8.12 and 23001-7 §8.2.
///
///     encv | enca       the entry's own fields and boxes
///       sinf
///         frma          what the entry was
///         schm          cenc | cbcs, version 1.0
///         schi
///           tenc        default key id, and IV size (cenc) or constant IV and pattern (cbcs)
public final class ProtectedSampleEntry {
    private static final int COUNTER_IV_SIZE = 8;

    /// Encrypt one block, skip nine.
    private static final int VIDEO_PATTERN = 1 << 4 | 9;

    private ProtectedSampleEntry() {}

    /// @param entry the clear entry, a whole box
    public static byte[] of(byte[] entry, boolean isVideo, Protection protection) {
        ByteBuffer clear = ByteBuffer.wrap(entry);
        String name = protection.scheme().commonEncryptionName();
        ByteBuf out = Unpooled.buffer(entry.length + 128);
        int box = BoxWriter.begin(out, isVideo ? "encv" : "enca");
        out.writeBytes(entry, 8, entry.length - 8);
        int sinf = BoxWriter.begin(out, "sinf");
        int frma = BoxWriter.begin(out, "frma");
        out.writeInt(clear.getInt(4));
        BoxWriter.end(out, frma);
        int schm = BoxWriter.beginFull(out, "schm", 0, 0);
        BoxWriter.type(out, name);
        out.writeInt(0x10000);
        BoxWriter.end(out, schm);
        int schi = BoxWriter.begin(out, "schi");
        boolean counter = protection.scheme() == EncryptionScheme.CENC;
        int tenc = BoxWriter.beginFull(out, "tenc", counter ? 0 : 1, 0);
        out.writeByte(0);
        out.writeByte(counter || !isVideo ? 0 : VIDEO_PATTERN);
        out.writeByte(1); // protected
        out.writeByte(counter ? COUNTER_IV_SIZE : 0);
        out.writeBytes(protection.key().idBytes());
        if (!counter) {
            byte[] iv = protection.key().constantIv();
            out.writeByte(iv.length);
            out.writeBytes(iv);
        }
        BoxWriter.end(out, tenc);
        BoxWriter.end(out, schi);
        BoxWriter.end(out, sinf);
        BoxWriter.end(out, box);
        byte[] bytes = ByteBufUtil.getBytes(out);
        out.release();
        return bytes;
    }

    /// Whether an entry is that of an encrypted track.
    public static boolean isProtected(int type) {
        return type == FourCc.of("encv") || type == FourCc.of("enca");
    }
}
