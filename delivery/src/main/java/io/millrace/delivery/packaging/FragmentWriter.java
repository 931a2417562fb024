package io.millrace.delivery.packaging;

import io.millrace.delivery.isobmff.FourCc;
import io.netty.buffer.ByteBuf;

/// Writes what stands before a fragment's samples: `moof` and the header of its `mdat`.
///
///     [styp]
///     moof
///       mfhd
///       traf ...             one per track that has samples
///         tfhd               default-base-is-moof, defaults where all samples agree
///         tfdt               version 1
///         trun ...           one per run
///         [saiz saio senc]   of encrypted samples
///     mdat                   header only; the caller appends the samples
///
/// The caller appends exactly the samples' bytes in the order of the runs' data offsets. The sizes
/// are known before: {@link #headerSize} plus the tracks' payload. Allocates nothing.
public final class FragmentWriter {
    private static final int MOOF = FourCc.of("moof");
    private static final int MFHD = FourCc.of("mfhd");
    private static final int TRAF = FourCc.of("traf");
    private static final int TFHD = FourCc.of("tfhd");
    private static final int TFDT = FourCc.of("tfdt");
    private static final int TRUN = FourCc.of("trun");
    private static final int MDAT = FourCc.of("mdat");

    private static final int TFHD_DEFAULT_DURATION = 0x8;
    private static final int TFHD_DEFAULT_SIZE = 0x10;
    private static final int TFHD_DEFAULT_FLAGS = 0x20;
    private static final int TFHD_DEFAULT_BASE_IS_MOOF = 0x020000;
    private static final int TRUN_DATA_OFFSET = 0x1;
    private static final int TRUN_FIRST_SAMPLE_FLAGS = 0x4;
    private static final int TRUN_DURATION = 0x100;
    private static final int TRUN_SIZE = 0x200;
    private static final int TRUN_FLAGS = 0x400;
    private static final int TRUN_COMPOSITION_OFFSET = 0x800;

    /// `styp` with brands msdh and msix, as each media segment file starts.
    public static final int SEGMENT_TYPE_SIZE = 24;

    private FragmentWriter() {}

    public static void writeSegmentType(ByteBuf out) {
        out.writeInt(SEGMENT_TYPE_SIZE);
        out.writeInt(FourCc.of("styp"));
        out.writeInt(FourCc.of("msdh"));
        out.writeInt(0);
        out.writeInt(FourCc.of("msdh"));
        out.writeInt(FourCc.of("msix"));
    }

    /// Bytes that {@link #writeHeader} writes.
    public static int headerSize(FragmentTrack... tracks) {
        return moofSize(tracks) + mdatHeaderSize(payloadBytes(tracks));
    }

    /// Writes `moof` and the `mdat` header.
    ///
    /// @param sequenceNumber `mfhd`'s, growing by fragment from 1
    public static void writeHeader(ByteBuf out, long sequenceNumber, FragmentTrack... tracks) {
        int moofSize = moofSize(tracks);
        long payload = payloadBytes(tracks);
        int mdatHeader = mdatHeaderSize(payload);
        int moofStart = out.writerIndex();
        out.ensureWritable(moofSize + mdatHeader);
        out.writeInt(moofSize).writeInt(MOOF);
        out.writeInt(16).writeInt(MFHD).writeInt(0).writeInt((int) sequenceNumber);
        for (FragmentTrack track : tracks) {
            if (track.count > 0) {
                writeTrack(out, track, moofSize + mdatHeader, moofStart);
            }
        }
        if (mdatHeader == 8) {
            out.writeInt((int) (payload + 8)).writeInt(MDAT);
        } else {
            out.writeInt(1).writeInt(MDAT).writeLong(payload + 16);
        }
    }

    private static long payloadBytes(FragmentTrack[] tracks) {
        long sum = 0;
        for (FragmentTrack track : tracks) {
            sum += track.payloadBytes();
        }
        return sum;
    }

    private static int mdatHeaderSize(long payload) {
        return payload + 8 <= 0xFFFF_FFFFL ? 8 : 16;
    }

    private static int moofSize(FragmentTrack[] tracks) {
        int size = 8 + 16;
        for (FragmentTrack track : tracks) {
            if (track.count > 0) {
                size += trackSize(track);
            }
        }
        return size;
    }

    private static int trackSize(FragmentTrack track) {
        int runFlags = runFlags(track);
        int perSample = 4 * Integer.bitCount(runFlags & 0xF00);
        int perRun = 8 + 4 + 4 + 4; // header, flags, count, data offset
        int firstFlags = sayFirstFlags(track, runFlags) ? 4 * track.syncRuns : 0;
        return 8
                + tfhdSize(tfhdFlags(track))
                + 20
                + track.filledRuns * perRun
                + firstFlags
                + track.count * perSample
                + (track.cipher == null ? 0 : track.cipher.boxesSize());
    }

    private static int tfhdSize(int flags) {
        return 8 + 4 + 4 + 4 * Integer.bitCount(flags & 0x38);
    }

    private static int tfhdFlags(FragmentTrack track) {
        int flags = TFHD_DEFAULT_BASE_IS_MOOF | TFHD_DEFAULT_FLAGS;
        if (!track.durationsDiffer) {
            flags |= TFHD_DEFAULT_DURATION;
        }
        if (!track.sizesDiffer) {
            flags |= TFHD_DEFAULT_SIZE;
        }
        return flags;
    }

    /// The per-sample fields all runs of a track have.
    private static int runFlags(FragmentTrack track) {
        int flags = TRUN_DATA_OFFSET;
        if (track.durationsDiffer) {
            flags |= TRUN_DURATION;
        }
        if (track.sizesDiffer) {
            flags |= TRUN_SIZE;
        }
        if (track.anyNonSync && track.syncInsideRun) {
            flags |= TRUN_FLAGS;
        }
        return track.anyCompositionOffset ? flags | TRUN_COMPOSITION_OFFSET : flags;
    }

    /// Whether runs that open with a sync sample say so, the default being "not sync".
    private static boolean sayFirstFlags(FragmentTrack track, int runFlags) {
        return (runFlags & TRUN_FLAGS) == 0 && track.anyNonSync;
    }

    private static int defaultFlags(FragmentTrack track) {
        return track.anyNonSync ? FragmentTrack.NON_SYNC_FLAGS : FragmentTrack.SYNC_FLAGS;
    }

    private static int runEnd(FragmentTrack track, int run) {
        return run + 1 < track.runs ? track.runFirst[run + 1] : track.count;
    }

    private static void writeTrack(
            ByteBuf out, FragmentTrack track, int payloadStart, int moofStart) {
        out.writeInt(trackSize(track)).writeInt(TRAF);
        int tfhd = tfhdFlags(track);
        out.writeInt(tfhdSize(tfhd)).writeInt(TFHD).writeInt(tfhd).writeInt(track.trackId());
        if ((tfhd & TFHD_DEFAULT_DURATION) != 0) {
            out.writeInt(track.durations[0]);
        }
        if ((tfhd & TFHD_DEFAULT_SIZE) != 0) {
            out.writeInt(track.sizes[0]);
        }
        out.writeInt(defaultFlags(track));
        out.writeInt(20).writeInt(TFDT).writeInt(1 << 24).writeLong(track.baseMediaDecodeTime());
        int flags = runFlags(track);
        int perSample = 4 * Integer.bitCount(flags & 0xF00);
        for (int run = 0; run < track.runs; run++) {
            int first = track.runFirst[run];
            int end = runEnd(track, run);
            if (end == first) {
                continue;
            }
            boolean firstFlags = sayFirstFlags(track, flags) && track.sync[first];
            out.writeInt(20 + (firstFlags ? 4 : 0) + (end - first) * perSample).writeInt(TRUN);
            out.writeInt(1 << 24 | flags | (firstFlags ? TRUN_FIRST_SAMPLE_FLAGS : 0));
            out.writeInt(end - first);
            out.writeInt((int) (payloadStart + track.runDataOffset[run]));
            if (firstFlags) {
                out.writeInt(FragmentTrack.SYNC_FLAGS);
            }
            for (int i = first; i < end; i++) {
                if ((flags & TRUN_DURATION) != 0) {
                    out.writeInt(track.durations[i]);
                }
                if ((flags & TRUN_SIZE) != 0) {
                    out.writeInt(track.sizes[i]);
                }
                if ((flags & TRUN_FLAGS) != 0) {
                    out.writeInt(
                            track.sync[i]
                                    ? FragmentTrack.SYNC_FLAGS
                                    : FragmentTrack.NON_SYNC_FLAGS);
                }
                if ((flags & TRUN_COMPOSITION_OFFSET) != 0) {
                    out.writeInt(track.compositionOffsets[i]);
                }
            }
        }
        if (track.cipher != null) {
            track.cipher.writeBoxes(out, moofStart);
        }
    }
}
