package io.millrace.liveingest.rtmp.amf;

import io.millrace.liveingest.rtmp.amf.AmfValue.AmfArray;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfBoolean;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfDate;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfNumber;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfString;
import io.millrace.liveingest.rtmp.amf.AmfValue.Nothing;
import io.netty.buffer.ByteBuf;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads the AMF3 value behind AMF0's marker 17 (amf-file-format-spec, 2013) into plain values.
///
/// Externalizable objects are refused: only their class knows their form, and no name from the wire
/// becomes a class here. Vectors, dictionaries and byte arrays are refused too: no command has
/// them.
final class Amf3Reader {
    /// Counts values against the message's bound.
    @FunctionalInterface
    interface ValueCounter {
        void count() throws AmfException;
    }

    private record Traits(boolean dynamic, List<String> names) {}

    private final ByteBuf in;
    private final ValueCounter counter;
    private final List<String> strings = new ArrayList<>();
    private final List<AmfValue> objects = new ArrayList<>();
    private final List<Traits> traits = new ArrayList<>();

    Amf3Reader(ByteBuf in, ValueCounter counter) {
        this.in = in;
        this.counter = counter;
    }

    AmfValue read(int depth) throws AmfException {
        if (depth > Amf0Reader.MAX_DEPTH) {
            throw new AmfException("AMF3 deeper than " + Amf0Reader.MAX_DEPTH);
        }
        counter.count();
        need(1);
        int marker = in.readUnsignedByte();
        return switch (marker) {
            case 0 -> Nothing.UNDEFINED;
            case 1 -> Nothing.NULL;
            case 2 -> new AmfBoolean(false);
            case 3 -> new AmfBoolean(true);
            case 4 -> new AmfNumber((u29() << 3) >> 3); // 29 bits, signed
            case 5 -> {
                need(8);
                yield new AmfNumber(in.readDouble());
            }
            case 6 -> new AmfString(string());
            case 7, 11 -> xml();
            case 8 -> date();
            case 9 -> array(depth);
            case 10 -> object(depth);
            default -> throw new AmfException("AMF3 marker " + marker);
        };
    }

    private AmfValue xml() throws AmfException {
        int head = u29();
        if ((head & 1) == 0) {
            return known(head >> 1, Amf0Reader.MAX_DEPTH);
        }
        var value = new AmfString(text(head >> 1));
        objects.add(value);
        return value;
    }

    private AmfValue date() throws AmfException {
        int head = u29();
        if ((head & 1) == 0) {
            return known(head >> 1, Amf0Reader.MAX_DEPTH);
        }
        need(8);
        var value = new AmfDate(in.readDouble());
        objects.add(value);
        return value;
    }

    private AmfValue array(int depth) throws AmfException {
        int head = u29();
        if ((head & 1) == 0) {
            return known(head >> 1, depth);
        }
        int dense = head >> 1;
        if (dense > Amf0Reader.MAX_VALUES || dense > in.readableBytes()) {
            throw new AmfException("AMF3 array of " + dense + " values");
        }
        int slot = objects.size();
        objects.add(Nothing.NULL);
        Map<String, AmfValue> named = namedValues(depth);
        var list = new ArrayList<AmfValue>(dense);
        for (int i = 0; i < dense; i++) {
            list.add(read(depth + 1));
        }
        AmfValue value;
        if (named.isEmpty()) {
            value = new AmfArray(list);
        } else {
            for (int i = 0; i < dense; i++) {
                named.put(Integer.toString(i), list.get(i));
            }
            value = new AmfObject(named, true);
        }
        objects.set(slot, value);
        return value;
    }

    private AmfValue object(int depth) throws AmfException {
        int head = u29();
        if ((head & 1) == 0) {
            return known(head >> 1, depth);
        }
        Traits shape = traits(head);
        int slot = objects.size();
        objects.add(Nothing.NULL);
        Map<String, AmfValue> properties = new LinkedHashMap<>();
        for (String name : shape.names()) {
            properties.put(name, read(depth + 1));
        }
        if (shape.dynamic()) {
            properties.putAll(namedValues(depth));
        }
        var value = new AmfObject(properties);
        objects.set(slot, value);
        return value;
    }

    private Traits traits(int head) throws AmfException {
        if ((head & 2) == 0) {
            int index = head >> 2;
            if (index >= traits.size()) {
                throw new AmfException("AMF3 traits " + index + " unknown");
            }
            return traits.get(index);
        }
        if ((head & 4) != 0) {
            throw new AmfException("AMF3 externalizable object");
        }
        int count = head >> 4;
        if (count > Amf0Reader.MAX_VALUES || count > in.readableBytes()) {
            throw new AmfException("AMF3 object of " + count + " members");
        }
        string(); // The class name: read and forgotten.
        var names = new ArrayList<String>(count);
        for (int i = 0; i < count; i++) {
            names.add(string());
        }
        var shape = new Traits((head & 8) != 0, names);
        traits.add(shape);
        return shape;
    }

    private Map<String, AmfValue> namedValues(int depth) throws AmfException {
        Map<String, AmfValue> named = new LinkedHashMap<>();
        for (String name = string(); !name.isEmpty(); name = string()) {
            named.put(name, read(depth + 1));
        }
        return named;
    }

    private AmfValue known(int index, int depth) throws AmfException {
        if (index >= objects.size()) {
            throw new AmfException("AMF3 reference " + index + " to nothing");
        }
        return Amf0Reader.again(objects.get(index), depth, counter);
    }

    private String string() throws AmfException {
        int head = u29();
        if ((head & 1) == 0) {
            int index = head >> 1;
            if (index >= strings.size()) {
                throw new AmfException("AMF3 string " + index + " unknown");
            }
            return strings.get(index);
        }
        String text = text(head >> 1);
        if (!text.isEmpty()) {
            strings.add(text);
        }
        return text;
    }

    private String text(int length) throws AmfException {
        need(length);
        String text = in.toString(in.readerIndex(), length, StandardCharsets.UTF_8);
        in.skipBytes(length);
        return text;
    }

    private int u29() throws AmfException {
        int value = 0;
        for (int i = 0; i < 3; i++) {
            need(1);
            int b = in.readUnsignedByte();
            if (b < 0x80) {
                return (value << 7) | b;
            }
            value = (value << 7) | (b & 0x7F);
        }
        need(1);
        return (value << 8) | in.readUnsignedByte();
    }

    private void need(int bytes) throws AmfException {
        if (in.readableBytes() < bytes) {
            throw new AmfException(
                    "AMF3 cut off: " + in.readableBytes() + " bytes left, " + bytes + " needed");
        }
    }
}
