package io.millrace.liveingest.demux;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// WebM, and Matroska as browsers write it, RFC 9559:
///
///     EBML
///     Segment                    of unknown size
///       Info { TimestampScale }
///       Tracks
///       Cluster ...              of unknown size
///         Timestamp
///         SimpleBlock, BlockGroup { Block } ...
///
/// Segment and Cluster are entered and never left: an id says by itself where it belongs, and whether
/// a size was known does not matter. What is not named above is skipped. Laced blocks, which no
/// recorder writes, are refused.
public final class WebmDemuxer implements Demuxer {
    private static final int EBML = 0x1A45DFA3;
    private static final int SEGMENT = 0x18538067;
    private static final int INFO = 0x1549A966;
    private static final int TRACKS = 0x1654AE6B;
    private static final int CLUSTER = 0x1F43B675;
    private static final int TIMESTAMP = 0xE7;
    private static final int SIMPLE_BLOCK = 0xA3;
    private static final int BLOCK_GROUP = 0xA0;
    private static final int BLOCK = 0xA1;
    private static final int REFERENCE_BLOCK = 0xFB;
    private static final int TIMESTAMP_SCALE = 0x2AD7B1;
    private static final int DOC_TYPE = 0x4282;

    private static final int KEY_FRAME = 0x80;
    private static final int LACING = 0x06;

    /// Of an element that is not media.
    private static final int MAX_HEADER_BYTES = 256 << 10;

    /// Of a frame, as over RTMP.
    private static final int MAX_BLOCK_BYTES = 8 << 20;

    /// Hundreds of years; nothing multiplied with it overflows.
    private static final long MAX_TIMESTAMP = 1L << 43;

    private static final int MAX_SCALE_NS = 1_000_000;
    private static final int LONGEST_HEAD = 12;

    private final ByteBufAllocator alloc;

    /// What is no whole element yet.
    private ByteBuf held = Unpooled.EMPTY_BUFFER;

    /// Of {@link #held}, before it is worth looking again.
    private int needed;

    /// Of an element that nobody wants.
    private long toSkip;

    private boolean started;
    private long scaleNs = 1_000_000;
    private long clusterTime = -1;
    private List<DemuxedTrack> tracks = List.of();

    public WebmDemuxer(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    @Override
    public void read(ByteBuf in, Output out) throws MediaException {
        if (!held.isReadable()) {
            parse(in, out);
            if (in.isReadable()) {
                held = alloc.buffer(Math.max(256, in.readableBytes()));
                held.writeBytes(in);
            }
            return;
        }
        held.writeBytes(in);
        if (held.readableBytes() < needed) {
            return;
        }
        parse(held, out);
        if (held.isReadable()) {
            held.discardReadBytes();
        } else {
            close();
        }
    }

    @Override
    public void close() {
        held.release();
        held = Unpooled.EMPTY_BUFFER;
        needed = 0;
    }

    /// For tests: what is allocated at the moment.
    int heldCapacity() {
        return held.capacity();
    }

    /// Takes all whole elements out of `in`; sets {@link #needed} to what the next one has.
    private void parse(ByteBuf in, Output out) throws MediaException {
        while (in.isReadable()) {
            if (toSkip > 0) {
                int skipped = (int) Math.min(toSkip, in.readableBytes());
                in.skipBytes(skipped);
                toSkip -= skipped;
                continue;
            }
            int start = in.readerIndex();
            if (!headIsThere(in)) {
                needed = Math.min(LONGEST_HEAD, in.readableBytes() + 1);
                return;
            }
            int id = EbmlReader.id(in);
            long size = EbmlReader.size(in);
            if (!started && id != EBML) {
                throw new MalformedMediaException("WebM: no EBML header at the start");
            }
            if (id == SEGMENT) {
                continue;
            }
            if (id == CLUSTER) {
                if (tracks.isEmpty()) {
                    throw new MalformedMediaException("WebM: a Cluster before Tracks");
                }
                clusterTime = -1;
                continue;
            }
            if (size == EbmlReader.UNKNOWN) {
                throw new MalformedMediaException(
                        "WebM: element " + Integer.toHexString(id) + " of unknown size");
            }
            if (!isWanted(id)) {
                toSkip = size;
                continue;
            }
            int most = id == SIMPLE_BLOCK || id == BLOCK_GROUP ? MAX_BLOCK_BYTES : MAX_HEADER_BYTES;
            if (size > most) {
                throw new UnsupportedMediaException(
                        "WebM: element "
                                + Integer.toHexString(id)
                                + " of "
                                + size
                                + " bytes (expected: at most "
                                + most
                                + ")");
            }
            if (size > in.readableBytes()) {
                needed = in.readerIndex() - start + (int) size;
                in.readerIndex(start);
                return;
            }
            element(id, in.readSlice((int) size), out);
        }
        needed = 0;
    }

    private static boolean headIsThere(ByteBuf in) throws MalformedMediaException {
        int at = in.readerIndex();
        int idLength = EbmlReader.idLength(in, at);
        return in.readableBytes() > idLength
                && in.readableBytes() >= idLength + EbmlReader.numberLength(in, at + idLength);
    }

    private static boolean isWanted(int id) {
        return switch (id) {
            case EBML, INFO, TRACKS, TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP -> true;
            default -> false;
        };
    }

    private void element(int id, ByteBuf body, Output out) throws MediaException {
        switch (id) {
            case EBML -> header(body);
            case INFO -> info(body);
            case TRACKS -> {
                tracks = WebmTracks.read(body);
                if (tracks.isEmpty()) {
                    throw new UnsupportedMediaException("WebM: neither pictures nor sound");
                }
                out.tracks(tracks);
            }
            case TIMESTAMP -> clusterTime = EbmlReader.unsigned(body, "Timestamp", MAX_TIMESTAMP);
            case SIMPLE_BLOCK -> block(body, null, out);
            default -> blockGroup(body, out);
        }
    }

    /// Also in the middle: a recorder that was started anew writes another file.
    private void header(ByteBuf body) throws MediaException {
        String docType = "";
        while (body.isReadable()) {
            int id = EbmlReader.id(body);
            ByteBuf value = EbmlReader.body(body, "EBML");
            if (id == DOC_TYPE) {
                docType = value.toString(StandardCharsets.US_ASCII);
            }
        }
        if (!docType.equals("webm") && !docType.equals("matroska")) {
            throw new UnsupportedMediaException("EBML: this is neither WebM nor Matroska");
        }
        started = true;
        tracks = List.of();
        clusterTime = -1;
        scaleNs = 1_000_000;
    }

    private void info(ByteBuf body) throws MalformedMediaException {
        while (body.isReadable()) {
            int id = EbmlReader.id(body);
            ByteBuf value = EbmlReader.body(body, "Info");
            if (id == TIMESTAMP_SCALE) {
                scaleNs = EbmlReader.unsigned(value, "TimestampScale", MAX_SCALE_NS);
            }
        }
    }

    private void blockGroup(ByteBuf body, Output out) throws MediaException {
        ByteBuf block = null;
        boolean key = true;
        while (body.isReadable()) {
            int id = EbmlReader.id(body);
            ByteBuf value = EbmlReader.body(body, "BlockGroup");
            if (id == BLOCK) {
                block = value;
            } else if (id == REFERENCE_BLOCK) {
                key = false;
            }
        }
        if (block != null) {
            block(block, key, out);
        }
    }

    /// @param key null when the block says it itself
    private void block(ByteBuf block, @Nullable Boolean key, Output out) throws MediaException {
        if (clusterTime < 0) {
            throw new MalformedMediaException("WebM: a block before its cluster's Timestamp");
        }
        long number = EbmlReader.size(block);
        EbmlReader.need(block, 3);
        int relative = block.readShort();
        int flags = block.readUnsignedByte();
        if ((flags & LACING) != 0) {
            throw new UnsupportedMediaException("WebM: a laced block");
        }
        for (DemuxedTrack track : tracks) {
            if (track.number() == number && block.isReadable()) {
                long ms = Math.max(0, clusterTime + relative) * scaleNs / 1_000_000;
                boolean isKey = key != null ? key : (flags & KEY_FRAME) != 0;
                out.frame(track, ms, 0, isKey, block);
                return;
            }
        }
    }
}
