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

/// Writes AMF0. Borrows the buffer.
public final class Amf0Writer {
    private Amf0Writer() {}

    public static void write(ByteBuf out, AmfValue value) {
        switch (value) {
            case AmfNumber(double number) -> {
                out.writeByte(0);
                out.writeDouble(number);
            }
            case AmfBoolean(boolean bool) -> {
                out.writeByte(1);
                out.writeBoolean(bool);
            }
            case AmfString(String text) -> {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                if (bytes.length > 0xFFFF) {
                    out.writeByte(12);
                    out.writeInt(bytes.length);
                } else {
                    out.writeByte(2);
                    out.writeShort(bytes.length);
                }
                out.writeBytes(bytes);
            }
            case AmfObject object -> {
                if (object.ecmaArray()) {
                    out.writeByte(8);
                    out.writeInt(object.properties().size());
                } else {
                    out.writeByte(3);
                }
                object.properties()
                        .forEach(
                                (name, property) -> {
                                    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
                                    if (bytes.length > 0xFFFF) {
                                        throw new IllegalArgumentException(
                                                "property name: "
                                                        + bytes.length
                                                        + " bytes (expected: <= 65535)");
                                    }
                                    out.writeShort(bytes.length);
                                    out.writeBytes(bytes);
                                    write(out, property);
                                });
                out.writeMedium(9);
            }
            case AmfArray(var values) -> {
                out.writeByte(10);
                out.writeInt(values.size());
                values.forEach(element -> write(out, element));
            }
            case AmfDate(double millis) -> {
                out.writeByte(11);
                out.writeDouble(millis);
                out.writeShort(0);
            }
            case Nothing.NULL -> out.writeByte(5);
            case Nothing.UNDEFINED -> out.writeByte(6);
        }
    }
}
