package io.millrace.delivery.drm;

import io.millrace.delivery.isobmff.BoxWriter;
import io.millrace.delivery.isobmff.FourCc;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// `pssh`, ISO/IEC 23001-7 §8.1: what one licence system wants to know of the keys.
///
/// | field | bytes | |
/// |---|---|---|
/// | version, flags | 1, 3 | version 1 lists key ids |
/// | SystemID | 16 | |
/// | KID_count, KIDs | 4, 16 each | version 1 only |
/// | DataSize, Data | 4, n | |
///
/// @param keyIds empty writes version 0
/// @param data the system's own
public record PsshBox(UUID systemId, List<UUID> keyIds, byte[] data) {
    /// The W3C's common system: clients that take keys from anywhere (ClearKey) read it.
    public static final UUID COMMON = UUID.fromString("1077efec-c0b2-4d02-ace3-3c1e52e2fb4b");

    public static final UUID WIDEVINE = UUID.fromString("edef8ba9-79d6-4ace-a3c8-27dcd51d21ed");
    public static final UUID PLAYREADY = UUID.fromString("9a04f079-9840-4286-ab92-e65be0885f95");
    public static final UUID FAIRPLAY = UUID.fromString("94ce86fb-07ff-4f43-adb8-93d2fa968ca2");

    /// What a box may be at most: licence servers' data is some hundred bytes.
    public static final int MAX_SIZE = 64 << 10;

    private static final int PSSH = FourCc.of("pssh");

    public PsshBox {
        keyIds = List.copyOf(keyIds);
    }

    /// The common box for some keys.
    public static PsshBox common(List<UUID> keyIds) {
        return new PsshBox(COMMON, keyIds, new byte[0]);
    }

    /// A given box, or the data of one for `systemId`.
    ///
    /// @throws KeyServiceException when it is a box, but no sound one
    static PsshBox of(UUID systemId, byte[] boxOrData) throws KeyServiceException {
        if (boxOrData.length >= 8 && ByteBuffer.wrap(boxOrData).getInt(4) == PSSH) {
            PsshBox box = parse(boxOrData);
            if (!box.systemId.equals(systemId)) {
                throw new KeyServiceException(
                        "the pssh box for " + systemId + " is one for " + box.systemId);
            }
            return box;
        }
        if (boxOrData.length > MAX_SIZE) {
            throw new KeyServiceException(
                    "pssh data of " + boxOrData.length + " bytes (expected: <= " + MAX_SIZE + ")");
        }
        return new PsshBox(systemId, List.of(), boxOrData);
    }

    static PsshBox parse(byte[] bytes) throws KeyServiceException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        if (bytes.length < 32
                || bytes.length > MAX_SIZE
                || in.getInt() != bytes.length
                || in.getInt() != PSSH) {
            throw new KeyServiceException("pssh of " + bytes.length + " bytes: not one whole box");
        }
        int version = in.getInt() >>> 24;
        UUID system = new UUID(in.getLong(), in.getLong());
        List<UUID> keyIds = new ArrayList<>();
        if (version > 0) {
            int count = in.getInt();
            if (count < 0 || count > in.remaining() / 16) {
                throw new KeyServiceException(
                        "pssh: lists " + count + " key ids in " + bytes.length);
            }
            for (int i = 0; i < count; i++) {
                keyIds.add(new UUID(in.getLong(), in.getLong()));
            }
        }
        int size = in.remaining() >= 4 ? in.getInt() : -1;
        if (size < 0 || size != in.remaining()) {
            throw new KeyServiceException(
                    "pssh: data of " + size + " bytes (expected: " + in.remaining() + ")");
        }
        byte[] data = new byte[size];
        in.get(data);
        return new PsshBox(system, keyIds, data);
    }

    /// The whole box.
    public byte[] box() {
        ByteBuf out = Unpooled.buffer(32 + 4 + 16 * keyIds.size() + data.length);
        int box = BoxWriter.beginFull(out, "pssh", keyIds.isEmpty() ? 0 : 1, 0);
        out.writeBytes(ContentKey.bytes(systemId));
        if (!keyIds.isEmpty()) {
            out.writeInt(keyIds.size());
            for (UUID id : keyIds) {
                out.writeBytes(ContentKey.bytes(id));
            }
        }
        out.writeInt(data.length);
        out.writeBytes(data);
        BoxWriter.end(out, box);
        byte[] bytes = ByteBufUtil.getBytes(out);
        out.release();
        return bytes;
    }
}
