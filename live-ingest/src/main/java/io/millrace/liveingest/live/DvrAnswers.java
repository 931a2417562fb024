package io.millrace.liveingest.live;

import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.storage.blob.BlobReader;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;

/// Segments that have left memory, from where they are kept: the same bytes under the same name.
/// Thread-safe.
final class DvrAnswers {
    private static final Logger log = LoggerFactory.getLogger(DvrAnswers.class);

    private DvrAnswers() {}

    /// Answers with a segment's bytes; opening the file may wait, so a virtual thread does it.
    static void segment(
            HttpExchange exchange, DvrTrack.Place place, String mime, int targetDurationSeconds) {
        exchange.blocking(_ -> reply(place, mime, targetDurationSeconds));
    }

    private static HttpReply reply(DvrTrack.Place place, String mime, int targetDurationSeconds)
            throws IOException {
        BlobReader reader;
        try {
            reader = place.blobs().open(place.file());
        } catch (NoSuchFileException _) {
            return LiveHttpHandler.notFound(
                    1); // somebody removed the recording, or it has just left the window
        }
        long[] ranges = place.ranges();
        List<HttpBody.Part> parts = new ArrayList<>(ranges.length / 2);
        for (int i = 0; i < ranges.length; i += 2) {
            parts.add(new HttpBody.BlobPart(reader, ranges[i], ranges[i + 1]));
        }
        return HttpReply.parts(200, mime, parts, () -> close(reader))
                .ranges()
                .cacheControl(LiveHttpHandler.immutable(targetDurationSeconds));
    }

    private static void close(BlobReader reader) {
        try {
            reader.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", reader.info().key(), e.toString());
        }
    }
}
