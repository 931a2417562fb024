package io.millrace.liveingest.stream;

import io.millrace.delivery.codec.avc.AvcConfig;
import io.millrace.delivery.codec.hevc.HevcConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Parameter sets that stand in a key frame and say something else than the configuration record:
/// the encoder changed (its resolution, as a rule) and did not send a new record, or it never sent
/// a whole one.
final class InBandParameterSets {
    private static final int MAX_SETS = 16;

    /// Where no record has said another.
    private static final int USUAL_LENGTH_SIZE = 4;

    private static final int AVC_SEQUENCE = 7;
    private static final int AVC_PICTURE = 8;
    private static final int HEVC_VIDEO = 32;
    private static final int HEVC_SEQUENCE = 33;
    private static final int HEVC_PICTURE = 34;

    private InBandParameterSets() {}

    /// A configuration record of the key frame's parameter sets; null when there are none, or they
    /// say what `config` says, or not all that a decoder needs. Borrows `frame`.
    ///
    /// @param config the record that holds; null where none has come
    static byte @Nullable [] changed(FlvCodec codec, byte @Nullable [] config, ByteBuf frame) {
        boolean avc = codec == FlvCodec.AVC;
        int lengthSize = config == null ? 0 : lengthSize(config, avc ? 4 : 21);
        if (lengthSize == 0) {
            lengthSize = USUAL_LENGTH_SIZE;
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
        return found == null ? null : record(avc, config, found, lengthSize);
    }

    /// Whether a record lacks parameter sets, and so says only how long the NAL units' lengths are.
    /// One that cannot be read at all is not for this to judge.
    static boolean isIncomplete(FlvCodec codec, byte[] config) {
        boolean avc = codec == FlvCodec.AVC;
        if (!avc && codec != FlvCodec.HEVC) {
            return false;
        }
        try {
            List<byte[]> sets = sets(avc, config);
            int first = avc ? AVC_SEQUENCE : HEVC_VIDEO;
            int last = avc ? AVC_PICTURE : HEVC_PICTURE;
            for (int type = first; type <= last; type++) {
                if (of(avc, type, sets).isEmpty()) {
                    return true;
                }
            }
            return false;
        } catch (MalformedMediaException _) {
            return false;
        }
    }

    private static byte @Nullable [] record(
            boolean avc, byte @Nullable [] config, List<byte[]> found, int lengthSize) {
        List<byte[]> known = List.of();
        try {
            known = config == null ? known : sets(avc, config);
        } catch (MalformedMediaException _) {
            // then all must be in the frame
        }
        List<byte[]> before = known;
        boolean same =
                found.stream()
                        .allMatch(set -> before.stream().anyMatch(k -> Arrays.equals(k, set)));
        if (same) {
            return null;
        }
        try {
            byte[] made;
            if (avc) {
                made =
                        AvcConfig.record(
                                of(true, AVC_SEQUENCE, known, found),
                                of(true, AVC_PICTURE, known, found),
                                lengthSize);
                AvcConfig.parse(made);
            } else {
                made =
                        HevcConfig.record(
                                of(false, HEVC_VIDEO, known, found),
                                of(false, HEVC_SEQUENCE, known, found),
                                of(false, HEVC_PICTURE, known, found),
                                lengthSize);
                HevcConfig.parse("hvc1", made);
            }
            return made;
        } catch (MalformedMediaException _) {
            return null; // garbage among the slices is not a change
        }
    }

    private static List<byte[]> sets(boolean avc, byte[] config) throws MalformedMediaException {
        return avc
                ? AvcConfig.parseInBand(config).parameterSets()
                : HevcConfig.parse("hvc1", config).parameterSets();
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
        return avc
                ? type == AVC_SEQUENCE || type == AVC_PICTURE
                : type >= HEVC_VIDEO && type <= HEVC_PICTURE;
    }

    /// Sets of a type: those of the frame, or where it has none those that were.
    private static List<byte[]> of(boolean avc, int type, List<byte[]> known, List<byte[]> found) {
        List<byte[]> sets = of(avc, type, found);
        return sets.isEmpty() ? of(avc, type, known) : sets;
    }

    private static List<byte[]> of(boolean avc, int type, List<byte[]> sets) {
        return sets.stream().filter(set -> type(avc, set[0]) == type).toList();
    }
}
