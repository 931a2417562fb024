package io.millrace.delivery.webvtt;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Reads a subtitle file of either kind. Which kind it is, the first line says: WebVTT files must
/// start with their name.
///
/// Encodings: UTF-16 with a byte order mark (or with every other byte 0), else UTF-8, else, for
/// what is no UTF-8, Windows-1252: SubRip says nothing about encodings, and old files are in it.
public final class SubtitleReader {
    /// The largest file read; two hours of dense subtitles are 200 kB.
    public static final int MAX_BYTES = 16 << 20;

    static final int MAX_CUES = 100_000;
    private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

    private SubtitleReader() {}

    /// Whether a file's name says that it holds subtitles: `.vtt`, `.webvtt` or `.srt`.
    public static boolean isSubtitleName(String name) {
        int dot = name.lastIndexOf('.');
        String extension = dot < 0 ? "" : name.substring(dot + 1);
        return extension.equalsIgnoreCase("vtt")
                || extension.equalsIgnoreCase("webvtt")
                || extension.equalsIgnoreCase("srt");
    }

    /// @throws UnsupportedMediaException when there are more cues than we keep
    /// @throws MalformedMediaException when there is text, and no cue in it
    public static Subtitles read(byte[] bytes) throws MediaException {
        if (bytes.length > MAX_BYTES) {
            throw new UnsupportedMediaException(
                    "subtitles of "
                            + bytes.length
                            + " bytes (expected: at most "
                            + MAX_BYTES
                            + ")");
        }
        String text =
                decode(bytes).replace("\r\n", "\n").replace('\r', '\n').replace('\0', '\uFFFD');
        Subtitles subtitles =
                WebVttReader.isWebVtt(text) ? WebVttReader.read(text) : SubRipReader.read(text);
        if (subtitles.cues().isEmpty() && subtitles.skipped() > 0) {
            throw new MalformedMediaException(
                    "subtitles: none of " + subtitles.skipped() + " blocks is a cue");
        }
        return subtitles;
    }

    static String decode(byte[] bytes) {
        int length = bytes.length;
        if (length >= 3 && u8(bytes, 0) == 0xEF && u8(bytes, 1) == 0xBB && u8(bytes, 2) == 0xBF) {
            return new String(bytes, 3, length - 3, StandardCharsets.UTF_8);
        }
        if (length >= 2 && u8(bytes, 0) == 0xFF && u8(bytes, 1) == 0xFE) {
            return new String(bytes, 2, length - 2, StandardCharsets.UTF_16LE);
        }
        if (length >= 2 && u8(bytes, 0) == 0xFE && u8(bytes, 1) == 0xFF) {
            return new String(bytes, 2, length - 2, StandardCharsets.UTF_16BE);
        }
        // Both formats start with ASCII: a digit or `W`.
        if (length >= 4 && bytes[0] == 0 && bytes[1] != 0 && bytes[2] == 0) {
            return new String(bytes, StandardCharsets.UTF_16BE);
        }
        if (length >= 4 && bytes[0] != 0 && bytes[1] == 0 && bytes[3] == 0) {
            return new String(bytes, StandardCharsets.UTF_16LE);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, WINDOWS_1252);
        }
    }

    private static int u8(byte[] bytes, int at) {
        return bytes[at] & 0xFF;
    }

    static void checkCount(int cues) throws UnsupportedMediaException {
        if (cues > MAX_CUES) {
            throw new UnsupportedMediaException(
                    "more than " + MAX_CUES + " subtitle cues (expected: a film's)");
        }
    }
}
