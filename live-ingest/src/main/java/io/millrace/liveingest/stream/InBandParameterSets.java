package io.millrace.liveingest.stream;

import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Parameter sets that stand in a key frame and say something else than the configuration record:
/// the encoder changed (its resolution, as a rule) and did not send a new record.
final class InBandParameterSets {
    private static final int MAX_SETS = 16;

    /// HEVC: the record up to its arrays.
    private static final int HEVC_HEAD = 23;

    private InBandParameterSets() {}

    /// A configuration record of the key frame's parameter sets; null when there are none, or they
    /// say what `config` says. Borrows `frame`.
    static byte @Nullable [] changed(FlvCodec codec, byte[] config, ByteBuf frame) {
        boolean avc = codec == FlvCodec.AVC;
        int lengthSize = avc ? lengthSize(config, 4) : lengthSize(config, 21);
        if (lengthSize == 0) {
            return null;
        }
        List<byte[]> found = null;
        int at = frame.readerIndex();
        int end = frame.writerIndex();
        while (end - at > lengthSize) {
            long length = length(frame, at, lengthSize);
            at += lengthSize;
            if (length <= 0 || length > end - at) {
                break;
            }
            if (isParameterSet(avc, frame.getByte(at)) && length < 1 << 16) {
                byte[] set = new byte[(int) length];
                frame.getBytes(at, set);
                if (found == null) {
                    found = new ArrayList<>(4);
                }
                if (found.size() < MAX_SETS) {
                    found.add(set);
                }
            }
            at += (int) length;
        }
        return found == null ? null : record(avc, config, found);
    }

    private static byte @Nullable [] record(boolean avc, byte[] config, List<byte[]> found) {
        try {
            List<byte[]> known =
                    avc
                            ? AvcConfig.parse(config).parameterSets()
                            : HevcConfig.parse("hvc1", config).parameterSets();
            boolean same =
                    found.stream()
                            .allMatch(set -> known.stream().anyMatch(k -> Arrays.equals(k, set)));
            if (same) {
                return null;
            }
            byte[] made = avc ? avcRecord(config, known, found) : hevcRecord(config, known, found);
            if (avc) {
                AvcConfig.parse(made);
            } else {
                HevcConfig.parse("hvc1", made);
            }
            return made;
        } catch (MalformedMediaException _) {
            return null; // garbage among the slices is not a change
        }
    }

    private static int lengthSize(byte[] config, int at) {
        return config.length > at ? (config[at] & 3) + 1 : 0;
    }

    private static long length(ByteBuf frame, int at, int size) {
        return switch (size) {
            case 1 -> frame.getUnsignedByte(at);
            case 2 -> frame.getUnsignedShort(at);
            case 3 -> frame.getUnsignedMedium(at);
            default -> frame.getUnsignedInt(at);
        };
    }

    private static int type(boolean avc, byte header) {
        return avc ? header & 0x1F : header >> 1 & 0x3F;
    }

    private static boolean isParameterSet(boolean avc, byte header) {
        int type = type(avc, header);
        return avc ? type == 7 || type == 8 : type >= 32 && type <= 34;
    }

    /// Sets of a type: those of the frame, or where it has none those that were.
    private static List<byte[]> of(boolean avc, int type, List<byte[]> known, List<byte[]> found) {
        List<byte[]> sets = found.stream().filter(set -> type(avc, set[0]) == type).toList();
        return sets.isEmpty()
                ? known.stream().filter(set -> type(avc, set[0]) == type).toList()
                : sets;
    }

    private static byte[] avcRecord(byte[] config, List<byte[]> known, List<byte[]> found)
            throws MalformedMediaException {
        List<byte[]> sequence = of(true, 7, known, found);
        List<byte[]> picture = of(true, 8, known, found);
        if (sequence.isEmpty() || sequence.getFirst().length < 4) {
            throw new MalformedMediaException("parameter sets: none of the sequence");
        }
        var out = new ByteArrayOutputStream(128);
        out.write(1);
        out.write(sequence.getFirst(), 1, 3);
        out.write(config[4]);
        out.write(0xE0 | sequence.size());
        sequence.forEach(set -> write(out, set));
        out.write(picture.size());
        picture.forEach(set -> write(out, set));
        return out.toByteArray();
    }

    private static byte[] hevcRecord(byte[] config, List<byte[]> known, List<byte[]> found)
            throws MalformedMediaException {
        List<byte[]> sequence = of(false, 33, known, found);
        byte[] head = Arrays.copyOf(config, HEVC_HEAD);
        byte[] level = sequence.isEmpty() ? new byte[0] : unescaped(sequence.getFirst(), 15);
        if (level.length < 15) {
            throw new MalformedMediaException("parameter sets: none of the sequence");
        }
        // profile_tier_level stands behind the NAL unit's header and a byte of ids.
        System.arraycopy(level, 3, head, 1, 12);
        head[HEVC_HEAD - 1] = 3;
        var out = new ByteArrayOutputStream(256);
        out.writeBytes(head);
        for (int type = 32; type <= 34; type++) {
            List<byte[]> sets = of(false, type, known, found);
            out.write(0x80 | type);
            out.write(sets.size() >> 8);
            out.write(sets.size());
            sets.forEach(set -> write(out, set));
        }
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, byte[] set) {
        out.write(set.length >> 8);
        out.write(set.length);
        out.writeBytes(set);
    }

    /// The first bytes without emulation prevention.
    private static byte[] unescaped(byte[] nal, int count) {
        byte[] out = new byte[count];
        int zeros = 0;
        int length = 0;
        for (int i = 0; i < nal.length && length < count; i++) {
            if (zeros >= 2 && nal[i] == 3) {
                zeros = 0;
                continue;
            }
            zeros = nal[i] == 0 ? zeros + 1 : 0;
            out[length++] = nal[i];
        }
        return Arrays.copyOf(out, length);
    }
}
