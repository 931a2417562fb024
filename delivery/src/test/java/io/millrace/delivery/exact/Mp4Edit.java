package io.millrace.delivery.exact;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/// A file's boxes as a tree that can be changed and written again: how tests make what no encoder
/// writes. Keeps `mdat` where it is, so a file whose `moov` comes last needs no new chunk offsets.
final class Mp4Edit {
    private static final Set<String> CONTAINERS =
            Set.of(
                    "moov", "trak", "mdia", "minf", "stbl", "edts", "mvex", "moof", "traf", "dinf",
                    "udta", "wave");

    final String type;
    byte[] body;
    final @Nullable List<Mp4Edit> children;

    Mp4Edit(String type, byte[] body) {
        this.type = type;
        this.body = body;
        this.children = null;
    }

    private Mp4Edit(String type, List<Mp4Edit> children) {
        this.type = type;
        this.body = new byte[0];
        this.children = children;
    }

    /// The whole file.
    static Mp4Edit of(byte[] file) {
        return new Mp4Edit("file", parse(ByteBuffer.wrap(file)));
    }

    private static List<Mp4Edit> parse(ByteBuffer in) {
        List<Mp4Edit> boxes = new ArrayList<>();
        while (in.remaining() >= 8) {
            int start = in.position();
            long size = in.getInt() & 0xFFFF_FFFFL;
            byte[] name = new byte[4];
            in.get(name);
            if (size == 1) {
                size = in.getLong();
            } else if (size == 0) {
                size = in.limit() - start;
            }
            String type = new String(name, StandardCharsets.ISO_8859_1);
            int end = start + (int) size;
            if (CONTAINERS.contains(type)) {
                ByteBuffer inner = in.duplicate().limit(end);
                boxes.add(new Mp4Edit(type, parse(inner.slice())));
            } else {
                byte[] body = new byte[end - in.position()];
                in.get(body);
                boxes.add(new Mp4Edit(type, body));
            }
            in.position(end);
        }
        return boxes;
    }

    List<Mp4Edit> children() {
        if (children == null) {
            throw new IllegalStateException("type: " + type + " (expected: a container)");
        }
        return children;
    }

    /// The box at a path like `moov/trak[1]/mdia/minf/stbl/stco`; counts from 0.
    Mp4Edit at(String path) {
        Mp4Edit found = find(path);
        if (found == null) {
            throw new IllegalArgumentException("path: " + path + " (expected: in " + type + ")");
        }
        return found;
    }

    @Nullable Mp4Edit find(String path) {
        Mp4Edit box = this;
        for (String step : path.split("/")) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            int skip =
                    bracket < 0
                            ? 0
                            : Integer.parseInt(step.substring(bracket + 1, step.length() - 1));
            Mp4Edit next = null;
            for (Mp4Edit child : box.children()) {
                if (child.type.equals(name) && skip-- == 0) {
                    next = child;
                    break;
                }
            }
            if (next == null) {
                return null;
            }
            box = next;
        }
        return box;
    }

    void replace(String path, @Nullable Mp4Edit with) {
        int slash = path.lastIndexOf('/');
        List<Mp4Edit> siblings = (slash < 0 ? this : at(path.substring(0, slash))).children();
        int index = siblings.indexOf(at(path));
        if (with == null) {
            siblings.remove(index);
        } else {
            siblings.set(index, with);
        }
    }

    void add(Mp4Edit box) {
        children().add(box);
    }

    Mp4Edit change(String path, UnaryOperator<byte[]> body) {
        Mp4Edit box = at(path);
        box.body = body.apply(box.body);
        return this;
    }

    int size() {
        int size = type.equals("file") ? 0 : 8;
        if (children == null) {
            return size + body.length;
        }
        for (Mp4Edit child : children) {
            size += child.size();
        }
        return size;
    }

    byte[] bytes() {
        ByteBuffer out = ByteBuffer.allocate(size());
        write(out);
        return out.array();
    }

    private void write(ByteBuffer out) {
        if (!type.equals("file")) {
            out.putInt(size()).put(type.getBytes(StandardCharsets.ISO_8859_1));
        }
        if (children == null) {
            out.put(body);
            return;
        }
        for (Mp4Edit child : children) {
            child.write(out);
        }
    }

    /// A full box's body: version and flags, then 32-bit numbers.
    static byte[] words(int versionAndFlags, int... words) {
        ByteBuffer out = ByteBuffer.allocate(4 + 4 * words.length).putInt(versionAndFlags);
        for (int word : words) {
            out.putInt(word);
        }
        return out.array();
    }
}
