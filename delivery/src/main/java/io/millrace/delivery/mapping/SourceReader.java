package io.millrace.delivery.mapping;

import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.webvtt.SubtitleReader;
import io.millrace.delivery.webvtt.Subtitles;
import io.millrace.storage.blob.BlobReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Reads what is in a file: subtitles where its name says so, else a movie. Blocks.
final class SourceReader {
    private static final Logger LOG = LoggerFactory.getLogger(SourceReader.class);

    private SourceReader() {}

    /// @param file borrowed
    static MediaIndex read(BlobReader file) throws IOException, MediaException {
        String key = file.info().key();
        if (!SubtitleReader.isSubtitleName(key)) {
            return MediaIndexReader.read(file);
        }
        long size = file.info().sizeBytes();
        if (size > SubtitleReader.MAX_BYTES) {
            throw new UnsupportedMediaException(
                    "subtitles of "
                            + size
                            + " bytes (expected: at most "
                            + SubtitleReader.MAX_BYTES
                            + ")");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) size);
        while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
            // Until it is full or the file ends.
        }
        Subtitles text = SubtitleReader.read(Arrays.copyOf(bytes.array(), bytes.position()));
        if (text.skipped() > 0) {
            LOG.warn("{}: {} cues could not be read and are left out", key, text.skipped());
        }
        return MediaIndex.ofText(text, size);
    }
}
