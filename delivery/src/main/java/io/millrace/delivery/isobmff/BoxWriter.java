package io.millrace.delivery.isobmff;

import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;

/// Writes nested boxes whose sizes are filled in when they end.
///
///     int moov = BoxWriter.begin(out, "moov");
///     ...
///     BoxWriter.end(out, moov);
public final class BoxWriter {
    private BoxWriter() {}

    /// @return where the box starts, for {@link #end}
    public static int begin(ByteBuf out, String type) {
        int start = out.writerIndex();
        out.writeInt(0);
        out.writeInt(FourCc.of(type));
        return start;
    }

    public static int beginFull(ByteBuf out, String type, int version, int flags) {
        int start = begin(out, type);
        out.writeInt(version << 24 | flags);
        return start;
    }

    public static void end(ByteBuf out, int start) {
        out.setInt(start, out.writerIndex() - start);
    }

    public static void type(ByteBuf out, String fourCc) {
        out.writeInt(FourCc.of(fourCc));
    }

    public static void ascii(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.US_ASCII);
    }
}
