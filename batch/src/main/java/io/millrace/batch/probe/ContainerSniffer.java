package io.millrace.batch.probe;

import io.millrace.batch.probe.UnusableMediaException.Reason;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Tells a container from a file's first bytes; the name and what the client claims don't count.
/// Stateless.
final class ContainerSniffer {
    /// Enough for three MPEG-TS packets behind each other and for the text test.
    static final int HEAD_BYTES = 4096;

    private static final int TS_PACKET = 188;
    private static final int M2TS_PACKET = 192;

    private static final Set<String> MP4_FIRST_BOXES =
            Set.of("ftyp", "moov", "mdat", "free", "skip", "wide", "pnot", "styp", "moof", "sidx");

    /// First words of texts that name other files.
    private static final List<Known> PLAYLISTS =
            List.of(
                    new Known("#extm3u", "an HLS or M3U playlist"),
                    new Known("ffconcat version", "an ffconcat list"),
                    new Known("[playlist]", "a PLS playlist"),
                    new Known("v=0\r\n", "an SDP description"),
                    new Known("v=0\n", "an SDP description"),
                    new Known("<mpd", "a DASH manifest"),
                    new Known("<smil", "a SMIL playlist"),
                    new Known("webvtt", "a WebVTT subtitle file"));

    private static final List<Known> BINARIES =
            List.of(
                    new Known("%PDF", "a PDF document"),
                    new Known("PK\u0003\u0004", "a ZIP archive or office document"),
                    new Known("\u001f\u008b", "a gzip archive"),
                    new Known("7z\u00bc\u00af", "a 7z archive"),
                    new Known("Rar!", "a RAR archive"),
                    new Known("\u007fELF", "a program"),
                    new Known("MZ", "a program"),
                    new Known("GIF8", "a GIF picture"),
                    new Known("BM", "a BMP picture"));

    private record Known(String start, String name) {}

    private ContainerSniffer() {}

    /// @param head the first bytes, up to {@link #HEAD_BYTES}
    static ContainerFormat sniff(byte[] head) throws UnusableMediaException {
        if (head.length == 0) {
            throw new UnusableMediaException(Reason.EMPTY_FILE, "the file is empty");
        }
        String text = asText(head);
        if (text != null) {
            throw refusedText(text);
        }
        if (head.length >= 12
                && MP4_FIRST_BOXES.contains(new String(head, 4, 4, StandardCharsets.ISO_8859_1))) {
            return ContainerFormat.MP4;
        }
        if (starts(head, 0x1A, 0x45, 0xDF, 0xA3)) {
            return ContainerFormat.MATROSKA;
        }
        if (starts(head, 'F', 'L', 'V', 1)) {
            return ContainerFormat.FLV;
        }
        if (starts(head, 'R', 'I', 'F', 'F') && head.length >= 12) {
            String kind = new String(head, 8, 4, StandardCharsets.ISO_8859_1);
            if (kind.equals("AVI ")) {
                return ContainerFormat.AVI;
            }
            if (kind.equals("WAVE")) {
                return ContainerFormat.WAV;
            }
        }
        if (starts(head, 'O', 'g', 'g', 'S')) {
            return ContainerFormat.OGG;
        }
        if (starts(head, 'f', 'L', 'a', 'C')) {
            return ContainerFormat.FLAC;
        }
        if (starts(head, 0, 0, 1, 0xBA)) {
            return ContainerFormat.MPEG_PS;
        }
        if (starts(head, 0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11)) {
            return ContainerFormat.ASF;
        }
        if (starts(head, 0xFF, 0xD8, 0xFF)) {
            return ContainerFormat.JPEG;
        }
        if (starts(head, 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A)) {
            return ContainerFormat.PNG;
        }
        if (isTransportStream(head, 0, TS_PACKET) || isTransportStream(head, 4, M2TS_PACKET)) {
            return ContainerFormat.MPEG_TS;
        }
        ContainerFormat audio = audioFrames(head);
        if (audio != null) {
            return audio;
        }
        String start = new String(head, 0, Math.min(8, head.length), StandardCharsets.ISO_8859_1);
        for (Known known : BINARIES) {
            if (start.startsWith(known.start())) {
                throw new UnusableMediaException(
                        Reason.NOT_MEDIA, "not a video or audio file: it is " + known.name());
            }
        }
        throw new UnusableMediaException(
                Reason.UNSUPPORTED_FORMAT,
                "not a video or audio file of a kind known here (it begins with "
                        + HexFormat.ofDelimiter(" ").formatHex(head, 0, Math.min(8, head.length))
                        + ")");
    }

    private static boolean isTransportStream(byte[] head, int first, int packet) {
        int found = 0;
        for (int at = first; at < head.length && found < 5; at += packet) {
            if (head[at] != 0x47) {
                return false;
            }
            found++;
        }
        return found >= 3 || (found >= 1 && head.length == first + packet * found);
    }

    /// MPEG audio and ADTS begin with a sync word that occurs by chance as well: two frames in a
    /// row are asked for, or an ID3 tag in front.
    private static @org.jspecify.annotations.Nullable ContainerFormat audioFrames(byte[] head) {
        int at = 0;
        boolean tagged = false;
        if (starts(head, 'I', 'D', '3') && head.length >= 10) {
            tagged = true;
            at =
                    10
                            + ((head[6] & 0x7F) << 21
                                    | (head[7] & 0x7F) << 14
                                    | (head[8] & 0x7F) << 7
                                    | (head[9] & 0x7F));
        }
        if (at + 7 > head.length) {
            // Its first frame is behind a long tag (a cover picture).
            return tagged ? ContainerFormat.MP3 : null;
        }
        if ((head[at] & 0xFF) != 0xFF || (head[at + 1] & 0xE0) != 0xE0) {
            return tagged && new String(head, at, 4, StandardCharsets.ISO_8859_1).equals("fLaC")
                    ? ContainerFormat.FLAC
                    : (tagged ? ContainerFormat.MP3 : null);
        }
        boolean adts = (head[at + 1] & 0xF6) == 0xF0;
        int length =
                adts
                        ? (head[at + 3] & 3) << 11
                                | (head[at + 4] & 0xFF) << 3
                                | (head[at + 5] & 0xE0) >> 5
                        : mpegAudioFrameBytes(head, at);
        if (length < 7) {
            return null;
        }
        int next = at + length;
        boolean follows =
                next + 1 >= head.length
                        ? tagged || next >= head.length
                        : (head[next] & 0xFF) == 0xFF && head[next + 1] == head[at + 1];
        if (!follows) {
            return null;
        }
        return adts ? ContainerFormat.AAC : ContainerFormat.MP3;
    }

    /// ISO/IEC 11172-3 and 13818-3 header: version, layer, bit rate, sampling rate, padding.
    private static int mpegAudioFrameBytes(byte[] head, int at) {
        int[] layer3V1 = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
        int[] layer2V1 = {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0};
        int[] lowV2 = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};
        int version = (head[at + 1] >> 3) & 3;
        int layer = (head[at + 1] >> 1) & 3;
        int bitrate = (head[at + 2] >> 4) & 15;
        int rate = (head[at + 2] >> 2) & 3;
        int padding = (head[at + 2] >> 1) & 1;
        if (version == 1 || rate == 3 || (layer != 1 && layer != 2)) {
            return 0;
        }
        boolean v1 = version == 3;
        int kbps = v1 ? (layer == 1 ? layer3V1 : layer2V1)[bitrate] : lowV2[bitrate];
        int hertz = new int[] {44100, 48000, 32000}[rate] >> (v1 ? 0 : version == 2 ? 1 : 2);
        int factor = layer == 1 && !v1 ? 72 : 144;
        return kbps == 0 ? 0 : factor * kbps * 1000 / hertz + padding;
    }

    private static boolean starts(byte[] head, int... bytes) {
        if (head.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((head[i] & 0xFF) != bytes[i]) {
                return false;
            }
        }
        return true;
    }

    private static UnusableMediaException refusedText(String text) {
        String start = text.strip().toLowerCase(Locale.ROOT);
        if (start.startsWith("\ufeff")) {
            start = start.substring(1).strip();
        }
        for (Known known : PLAYLISTS) {
            if (start.startsWith(known.start())
                    || (start.startsWith("<?xml")
                            && known.start().startsWith("<")
                            && start.contains(known.start()))) {
                return new UnusableMediaException(
                        Reason.NOT_MEDIA,
                        "not a video or audio file: it is "
                                + known.name()
                                + ". Upload the media itself.");
            }
        }
        String what =
                start.startsWith("<!doctype html") || start.startsWith("<html")
                        ? "a web page (HTML)"
                        : start.startsWith("<?xml") ? "an XML document" : "plain text";
        return new UnusableMediaException(
                Reason.NOT_MEDIA, "not a video or audio file: it is " + what);
    }

    /// The head as text when it is nothing but text in UTF-8 or UTF-16.
    private static @org.jspecify.annotations.Nullable String asText(byte[] head) {
        if (starts(head, 0xFF, 0xFE) && head.length > 3 && head[3] == 0) {
            return new String(head, StandardCharsets.UTF_16LE);
        }
        if (starts(head, 0xFE, 0xFF)) {
            return new String(head, StandardCharsets.UTF_16BE);
        }
        // The last character may be cut.
        for (int cut = 0; cut < 4 && cut < head.length; cut++) {
            try {
                CharBuffer text =
                        StandardCharsets.UTF_8
                                .newDecoder()
                                .onMalformedInput(CodingErrorAction.REPORT)
                                .decode(ByteBuffer.wrap(head, 0, head.length - cut));
                boolean control =
                        text.chars()
                                .anyMatch(
                                        c ->
                                                c < 0x20 && c != '\t' && c != '\n' && c != '\r'
                                                        && c != '\f' && c != 0x1B);
                return control ? null : text.toString();
            } catch (CharacterCodingException _) {
                if (head.length < HEAD_BYTES) {
                    return null;
                }
            }
        }
        return null;
    }
}
