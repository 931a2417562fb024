package io.millrace.delivery.exact;

import java.util.HexFormat;

/// Boxes as text: a line each, with its body in hex where it is no container. Media is told by its
/// size.
final class BoxDump {
    private BoxDump() {}

    static String of(byte[] file) {
        StringBuilder out = new StringBuilder();
        for (Mp4Edit box : Mp4Edit.of(file).children()) {
            append(out, box, 0);
        }
        return out.toString();
    }

    private static void append(StringBuilder out, Mp4Edit box, int depth) {
        out.repeat("  ", depth).append(box.type).append(' ').append(box.size());
        if (box.children != null) {
            out.append('\n');
            for (Mp4Edit child : box.children) {
                append(out, child, depth + 1);
            }
            return;
        }
        if (!box.type.equals("mdat")) {
            String hex = HexFormat.of().formatHex(box.body);
            for (int at = 0; at < hex.length(); at += 64) {
                out.append('\n').repeat("  ", depth + 1);
                out.append(hex, at, Math.min(hex.length(), at + 64));
            }
        }
        out.append('\n');
    }
}
