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
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads AMF0 (amf0-file-format-specification, 2007).
///
/// Bounds: depth 16, 1024 values in all, strings no longer than what is there; so the work is
/// bounded by the message. Not valid UTF-8 is replaced, not refused. Borrows the buffer. One thread
/// at a time; one reader per message, because references and counts are the message's.
public final class Amf0Reader {
    static final int MAX_DEPTH = 16;
    static final int MAX_VALUES = 1024;

    private final ByteBuf in;
    private final List<AmfValue> complex = new ArrayList<>();
    private int values;

    public Amf0Reader(ByteBuf in) {
        this.in = in;
    }

    /// Everything to the buffer's end. A damaged tail after the first value is dropped: some
    /// encoders pad.
    public static List<AmfValue> readAll(ByteBuf in) throws AmfException {
        var reader = new Amf0Reader(in);
        var all = new ArrayList<AmfValue>();
        while (in.isReadable()) {
            try {
                all.add(reader.read());
            } catch (AmfException e) {
                if (all.size() < 2) {
                    throw e;
                }
                break;
            }
        }
        return all;
    }

    public AmfValue read() throws AmfException {
        return read(0);
    }

    private AmfValue read(int depth) throws AmfException {
        if (depth > MAX_DEPTH) {
            throw new AmfException("AMF0 deeper than " + MAX_DEPTH);
        }
        if (++values > MAX_VALUES) {
            throw new AmfException("AMF0 with more than " + MAX_VALUES + " values");
        }
        need(1);
        int marker = in.readUnsignedByte();
        return switch (marker) {
            case 0 -> {
                need(8);
                yield new AmfNumber(in.readDouble());
            }
            case 1 -> {
                need(1);
                yield new AmfBoolean(in.readByte() != 0);
            }
            case 2 -> new AmfString(shortString());
            case 3 -> object(depth, false);
            case 5 -> Nothing.NULL;
            case 6, 13 -> Nothing.UNDEFINED;
            case 7 -> reference(depth);
            case 8 -> {
                need(4);
                in.skipBytes(4); // The count is a hint and often wrong.
                yield object(depth, true);
            }
            case 10 -> array(depth);
            case 11 -> {
                need(10);
                double millis = in.readDouble();
                in.skipBytes(2);
                yield new AmfDate(millis);
            }
            case 12, 15 -> {
                need(4);
                long length = in.readUnsignedInt();
                if (length > in.readableBytes()) {
                    throw new AmfException("AMF0 long string of " + length + " bytes is cut off");
                }
                yield new AmfString(text((int) length));
            }
            case 16 -> {
                shortString(); // The class name: read and forgotten.
                yield object(depth, false);
            }
            case 17 -> new Amf3Reader(in, this::count).read(depth + 1);
            default -> throw new AmfException("AMF0 marker " + marker);
        };
    }

    private void count() throws AmfException {
        if (++values > MAX_VALUES) {
            throw new AmfException("AMF with more than " + MAX_VALUES + " values");
        }
    }

    private AmfValue reference(int depth) throws AmfException {
        need(2);
        int index = in.readUnsignedShort();
        if (index >= complex.size()) {
            throw new AmfException("AMF0 reference " + index + " to nothing");
        }
        return again(complex.get(index), depth, this::count);
    }

    /// What a reference gives counts, and is as deep, as if it stood there itself. Otherwise a few
    /// bytes, references to references, could mean more values than anybody can walk through.
    static AmfValue again(AmfValue value, int depth, Amf3Reader.ValueCounter counter)
            throws AmfException {
        Collection<AmfValue> parts =
                switch (value) {
                    case AmfObject object -> object.properties().values();
                    case AmfArray(List<AmfValue> all) -> all;
                    default -> List.of();
                };
        if (!parts.isEmpty() && depth >= MAX_DEPTH) {
            throw new AmfException("AMF deeper than " + MAX_DEPTH);
        }
        for (AmfValue part : parts) {
            counter.count();
            again(part, depth + 1, counter);
        }
        return value;
    }

    /// Until `00 00 09`. A reference to an object that is still being read finds null: plain values
    /// cannot hold a circle.
    private AmfValue object(int depth, boolean ecmaArray) throws AmfException {
        int slot = complex.size();
        complex.add(Nothing.NULL);
        Map<String, AmfValue> properties = new LinkedHashMap<>();
        while (true) {
            need(2);
            String name = shortString();
            if (name.isEmpty() && in.isReadable() && in.getByte(in.readerIndex()) == 9) {
                in.skipBytes(1);
                break;
            }
            properties.put(name, read(depth + 1));
        }
        var object = new AmfObject(properties, ecmaArray);
        complex.set(slot, object);
        return object;
    }

    private AmfValue array(int depth) throws AmfException {
        need(4);
        long count = in.readUnsignedInt();
        if (count > MAX_VALUES || count > in.readableBytes()) {
            throw new AmfException("AMF0 array of " + count + " values");
        }
        int slot = complex.size();
        complex.add(Nothing.NULL);
        var list = new ArrayList<AmfValue>((int) count);
        for (int i = 0; i < count; i++) {
            list.add(read(depth + 1));
        }
        var array = new AmfArray(list);
        complex.set(slot, array);
        return array;
    }

    private String shortString() throws AmfException {
        need(2);
        int length = in.readUnsignedShort();
        need(length);
        return text(length);
    }

    private String text(int length) {
        String text = in.toString(in.readerIndex(), length, StandardCharsets.UTF_8);
        in.skipBytes(length);
        return text;
    }

    private void need(int bytes) throws AmfException {
        if (in.readableBytes() < bytes) {
            throw new AmfException(
                    "AMF0 cut off: " + in.readableBytes() + " bytes left, " + bytes + " needed");
        }
    }
}
