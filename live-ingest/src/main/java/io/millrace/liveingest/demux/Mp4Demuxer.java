package io.millrace.liveingest.demux;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.codec.opus.OpusConfig;
import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.FourCc;
import io.millrace.delivery.isobmff.MovieStream;
import io.millrace.delivery.isobmff.MovieStream.StreamedTrack;
import io.millrace.delivery.isobmff.SampleEntryBoxes;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Fragmented MP4 as browsers write it: `ftyp`, `moov`, and then a `moof` with its `mdat` for every
/// stretch between two key frames. An `mdat` is kept until it is whole.
public final class Mp4Demuxer implements Demuxer {
    private static final int FTYP = FourCc.of("ftyp");
    private static final int MOOV = FourCc.of("moov");
    private static final int MOOF = FourCc.of("moof");
    private static final int MDAT = FourCc.of("mdat");
    private static final int HEAD_BYTES = 8;
    private static final int LARGE_HEAD_BYTES = 16;
    private static final int MAX_HEADER_BYTES = 1 << 20;

    /// Of a fragment: some ten seconds of the best that cameras are encoded as.
    private static final int MAX_MDAT_BYTES = 32 << 20;

    private final ByteBufAllocator alloc;
    private ByteBuf held = Unpooled.EMPTY_BUFFER;
    private int needed;
    private long toSkip;

    /// Bytes before {@link #held}.
    private long position;

    private boolean started;
    private @Nullable MovieStream movie;
    private List<DemuxedTrack> tracks = List.of();
    private List<StreamedTrack> streamed = List.of();
    private Map<Integer, SampleTable> samples = Map.of();

    public Mp4Demuxer(ByteBufAllocator alloc) {
        this.alloc = alloc;
    }

    @Override
    public void read(ByteBuf in, Output out) throws MediaException {
        if (!held.isReadable() && toSkip >= in.readableBytes()) {
            toSkip -= in.readableBytes();
            position += in.readableBytes();
            in.skipBytes(in.readableBytes());
            return;
        }
        if (held.capacity() == 0) {
            held = alloc.buffer(Math.max(256, in.readableBytes()));
        }
        held.writeBytes(in);
        if (held.readableBytes() < needed) {
            return;
        }
        int start = held.readerIndex();
        try {
            parse(out);
        } finally {
            position += held.readerIndex() - start;
        }
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

    private void parse(Output out) throws MediaException {
        int first = held.readerIndex();
        while (held.isReadable()) {
            if (toSkip > 0) {
                int skipped = (int) Math.min(toSkip, held.readableBytes());
                held.skipBytes(skipped);
                toSkip -= skipped;
                continue;
            }
            int start = held.readerIndex();
            if (held.readableBytes() < HEAD_BYTES) {
                needed = HEAD_BYTES;
                return;
            }
            long size = held.getUnsignedInt(start);
            int type = held.getInt(start + 4);
            int head = HEAD_BYTES;
            if (size == 1) {
                if (held.readableBytes() < LARGE_HEAD_BYTES) {
                    needed = LARGE_HEAD_BYTES;
                    return;
                }
                size = held.getLong(start + HEAD_BYTES);
                head = LARGE_HEAD_BYTES;
            }
            check(type, size, head);
            if (type != MOOV && type != MOOF && type != MDAT) {
                toSkip = size;
                continue;
            }
            if (held.readableBytes() < size) {
                needed = (int) size;
                return;
            }
            held.skipBytes(head);
            ByteBuf body = held.readSlice((int) size - head);
            long offset = position + start - first;
            if (type == MOOV) {
                movie(body, out);
            } else if (type == MOOF) {
                MovieStream known = movie;
                if (known == null) {
                    throw new MalformedMediaException("MP4: a moof before moov");
                }
                samples = known.fragment(ByteBufUtil.getBytes(body), offset);
            } else {
                media(body, offset + head, out);
            }
        }
        needed = 0;
    }

    private void check(int type, long size, int head) throws MediaException {
        if (!started) {
            if (type != FTYP) {
                throw new MalformedMediaException("MP4: no ftyp at the start");
            }
            started = true;
        }
        if (size < head) {
            throw new MalformedMediaException(
                    "MP4: box of " + size + " bytes (expected: at least " + head + ")");
        }
        int most = type == MDAT ? MAX_MDAT_BYTES : MAX_HEADER_BYTES;
        if ((type == MOOV || type == MOOF || type == MDAT) && size > most) {
            throw new UnsupportedMediaException(
                    "MP4: "
                            + FourCc.name(type)
                            + " of "
                            + size
                            + " bytes (expected: at most "
                            + most
                            + ")");
        }
    }

    private void movie(ByteBuf body, Output out) throws MediaException {
        movie = new MovieStream(ByteBufUtil.getBytes(body));
        streamed = movie.tracks();
        List<DemuxedTrack> told = new ArrayList<>();
        for (StreamedTrack track : streamed) {
            String format = FourCc.name(ByteBuffer.wrap(track.sampleEntry()).getInt(4)).strip();
            FlvCodec codec = codec(format, track);
            told.add(
                    new DemuxedTrack(
                            track.id(),
                            track.kind(),
                            format,
                            codec,
                            config(codec, track),
                            track.width(),
                            track.height()));
        }
        tracks = List.copyOf(told);
        out.tracks(tracks);
    }

    private static @Nullable FlvCodec codec(String format, StreamedTrack track) {
        return switch (format) {
            case "avc1", "avc3" -> FlvCodec.AVC;
            case "hvc1", "hev1" -> FlvCodec.HEVC;
            case "av01" -> FlvCodec.AV1;
            case "vp09" -> FlvCodec.VP9;
            case "Opus" -> FlvCodec.OPUS;
            default -> track.codec() instanceof AacConfig ? FlvCodec.AAC : null;
        };
    }

    private static byte[] config(@Nullable FlvCodec codec, StreamedTrack track) {
        String box =
                switch (codec) {
                    case AVC -> "avcC";
                    case HEVC -> "hvcC";
                    case AV1 -> "av1C";
                    case VP9 -> "vpcC";
                    case null, default -> "";
                };
        if (!box.isEmpty()) {
            byte[] found = SampleEntryBoxes.find(track.sampleEntry(), box);
            return found == null ? new byte[0] : found;
        }
        return switch (track.codec()) {
            case AacConfig aac -> aac.specificConfig();
            case OpusConfig opus -> opusHead(opus);
            default -> new byte[0];
        };
    }

    /// RFC 7845 §5.1, of what `dOps` says; for one or two channels.
    private static byte[] opusHead(OpusConfig opus) {
        return ByteBuffer.allocate(19)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("OpusHead".getBytes(StandardCharsets.US_ASCII))
                .put((byte) 1)
                .put((byte) opus.channels())
                .putShort((short) opus.preSkip())
                .putInt((int) opus.inputSampleRate())
                .putShort((short) 0)
                .put((byte) 0)
                .array();
    }

    /// Hands out the fragment's samples in the order of their times, over all tracks.
    ///
    /// @param offset where the body begins
    private void media(ByteBuf body, long offset, Output out) throws MalformedMediaException {
        int[] next = new int[streamed.size()];
        while (true) {
            int earliest = -1;
            long earliestMs = Long.MAX_VALUE;
            for (int i = 0; i < next.length; i++) {
                SampleTable table = samples.get(streamed.get(i).id());
                if (table != null && next[i] < table.count()) {
                    long ms = ms(table.decodeTime(next[i]), streamed.get(i));
                    if (ms < earliestMs) {
                        earliestMs = ms;
                        earliest = i;
                    }
                }
            }
            if (earliest < 0) {
                samples = Map.of();
                return;
            }
            StreamedTrack track = streamed.get(earliest);
            SampleTable table = samples.get(track.id());
            if (table == null) {
                return;
            }
            int sample = next[earliest]++;
            long from = table.offset(sample) - offset;
            int size = table.size(sample);
            if (from < 0 || from + size > body.readableBytes()) {
                throw new MalformedMediaException(
                        "MP4: a sample outside of the mdat behind its moof");
            }
            if (size > 0) {
                out.frame(
                        tracks.get(earliest),
                        earliestMs,
                        (int) ms(table.compositionOffset(sample), track),
                        track.kind() == TrackKind.AUDIO || table.isSync(sample),
                        body.slice(body.readerIndex() + (int) from, size));
            }
        }
    }

    private static long ms(long ticks, StreamedTrack track) {
        // Split, so that it does not overflow.
        long seconds = ticks / track.timescale();
        return seconds * 1000 + ticks % track.timescale() * 1000 / track.timescale();
    }
}
