package io.millrace.liveingest.demux;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// `Tracks` of Matroska, RFC 9559 §5.1.4:
///
///     Tracks
///       TrackEntry ...
///         TrackNumber, TrackType, CodecID, CodecPrivate
///         Video { PixelWidth, PixelHeight }
///         ContentEncodings    compressed or encrypted frames: not taken
final class WebmTracks {
    private static final int TRACK_ENTRY = 0xAE;
    private static final int TRACK_NUMBER = 0xD7;
    private static final int TRACK_TYPE = 0x83;
    private static final int CODEC_ID = 0x86;
    private static final int CODEC_PRIVATE = 0x63A2;
    private static final int VIDEO = 0xE0;
    private static final int PIXEL_WIDTH = 0xB0;
    private static final int PIXEL_HEIGHT = 0xBA;
    private static final int CONTENT_ENCODINGS = 0x6D80;
    private static final int TYPE_VIDEO = 1;
    private static final int TYPE_AUDIO = 2;
    private static final int MAX_TRACKS = 16;
    private static final int MAX_CONFIG_BYTES = 64 << 10;

    private WebmTracks() {}

    /// @param body of `Tracks`
    /// @return of sound and pictures only
    static List<DemuxedTrack> read(ByteBuf body)
            throws MalformedMediaException, UnsupportedMediaException {
        List<DemuxedTrack> tracks = new ArrayList<>();
        while (body.isReadable()) {
            int id = EbmlReader.id(body);
            ByteBuf entry = EbmlReader.body(body, "Tracks");
            if (id == TRACK_ENTRY) {
                DemuxedTrack track = entry(entry);
                if (track != null) {
                    tracks.add(track);
                }
                if (tracks.size() > MAX_TRACKS) {
                    throw new UnsupportedMediaException("Tracks: more than " + MAX_TRACKS);
                }
            }
        }
        return List.copyOf(tracks);
    }

    private static @Nullable DemuxedTrack entry(ByteBuf entry)
            throws MalformedMediaException, UnsupportedMediaException {
        int number = 0;
        int type = 0;
        String codecId = "";
        byte[] config = {};
        int[] size = {0, 0};
        while (entry.isReadable()) {
            int id = EbmlReader.id(entry);
            ByteBuf body = EbmlReader.body(entry, "TrackEntry");
            switch (id) {
                case TRACK_NUMBER ->
                        number = (int) EbmlReader.unsigned(body, "TrackNumber", 1 << 28);
                case TRACK_TYPE -> type = (int) EbmlReader.unsigned(body, "TrackType", 255);
                case CODEC_ID -> codecId = text(body);
                case CODEC_PRIVATE -> {
                    if (body.readableBytes() > MAX_CONFIG_BYTES) {
                        throw new UnsupportedMediaException(
                                "CodecPrivate: " + body.readableBytes() + " bytes");
                    }
                    config = ByteBufUtil.getBytes(body);
                }
                case VIDEO -> size(body, size);
                case CONTENT_ENCODINGS ->
                        throw new UnsupportedMediaException(
                                "ContentEncodings: compressed or encrypted frames");
                default -> {}
            }
        }
        if (type != TYPE_VIDEO && type != TYPE_AUDIO) {
            return null;
        }
        return new DemuxedTrack(
                number,
                type == TYPE_VIDEO ? TrackKind.VIDEO : TrackKind.AUDIO,
                codecId,
                codec(codecId),
                config,
                size[0],
                size[1]);
    }

    private static void size(ByteBuf video, int[] size) throws MalformedMediaException {
        while (video.isReadable()) {
            int id = EbmlReader.id(video);
            ByteBuf body = EbmlReader.body(video, "Video");
            if (id == PIXEL_WIDTH) {
                size[0] = (int) EbmlReader.unsigned(body, "PixelWidth", 65535);
            } else if (id == PIXEL_HEIGHT) {
                size[1] = (int) EbmlReader.unsigned(body, "PixelHeight", 65535);
            }
        }
    }

    /// Printable, and short: it comes into messages.
    private static String text(ByteBuf body) {
        var text = new StringBuilder();
        for (char c : body.toString(StandardCharsets.US_ASCII).toCharArray()) {
            if (c > ' ' && c < 0x7F && text.length() < 40) {
                text.append(c);
            }
        }
        return text.toString();
    }

    private static @Nullable FlvCodec codec(String codecId) {
        return switch (codecId) {
            case "V_VP8" -> FlvCodec.VP8;
            case "V_VP9" -> FlvCodec.VP9;
            case "V_AV1" -> FlvCodec.AV1;
            case "V_MPEG4/ISO/AVC" -> FlvCodec.AVC;
            case "V_MPEGH/ISO/HEVC" -> FlvCodec.HEVC;
            case "A_OPUS" -> FlvCodec.OPUS;
            case "A_AAC" -> FlvCodec.AAC;
            default -> null;
        };
    }
}
