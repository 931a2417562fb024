package io.millrace.liveingest.record;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.http.HttpBody;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpHandler;
import io.millrace.delivery.http.HttpProblem;
import io.millrace.delivery.http.HttpReply;
import io.millrace.storage.blob.BlobKey;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.BlobStore;
import io.millrace.storage.sign.PathSigner;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.util.List;

/// Gives other nodes recordings that grow on this one's disk, where the store is a bucket: nobody
/// else sees them before they end. A GET of {@link #PATH} below `/live/`, by ranges, with a token
/// signed for {@link #SIGNED} as `Authorization: Bearer`:
///
///     GET /live/recordings?key=content/live/{entry}/{recording}/recording.mp4
///
/// The answer is as long as the file is then, and may end within a fragment. Thread-safe.
public final class RecordingHandler implements HttpHandler {
    /// Where it is, below `/live/`.
    public static final String PATH = "recordings";

    /// No stream has this name, so no viewer has a token for it.
    public static final String SIGNED = "nodes:recordings/";

    private static final Logger log = LoggerFactory.getLogger(RecordingHandler.class);
    private static final String FOLDER = "content/live/";
    private static final String SCHEME = "Bearer ";

    private final BlobStore blobs;
    private final @Nullable PathSigner signer;
    private final Clock clock;
    private final MeterRegistry meters;

    /// @param signer checks who asks; null: nobody may
    public RecordingHandler(
            BlobStore blobs, @Nullable PathSigner signer, Clock clock, MeterRegistry meters) {
        this.blobs = blobs;
        this.signer = signer;
        this.clock = clock;
        this.meters = meters;
    }

    /// @param path below `/live/`
    public static boolean isAt(String path) {
        return path.equals(PATH) || path.equals("/" + PATH);
    }

    @Override
    public void handle(HttpExchange exchange) throws HttpProblem {
        if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
            exchange.reply(text(405, "Only GET and HEAD.").header("Allow", "GET, HEAD"));
            return;
        }
        String credentials = exchange.header("Authorization");
        if (credentials == null || !credentials.startsWith(SCHEME)) {
            count("refused");
            exchange.reply(
                    text(401, "Only nodes of this installation read here, with a signed token.")
                            .header("WWW-Authenticate", "Bearer"));
            return;
        }
        String token = credentials.substring(SCHEME.length());
        if (signer == null
                || signer.verify(token, SIGNED, clock.instant()) != PathSigner.Verdict.VALID) {
            count("refused");
            exchange.reply(
                    text(
                            403,
                            "The token is of another time, or not signed with this node's keys:"
                                    + " nodes need the same delivery.signing-keys (or"
                                    + " cluster.secret)."));
            return;
        }
        String key = exchange.query().get("key");
        if (key == null || !BlobKey.isValid(key) || !key.startsWith(FOLDER)) {
            count("missing");
            exchange.reply(text(404, "That is no recording."));
            return;
        }
        exchange.blocking(_ -> reply(BlobKey.of(key)));
    }

    private HttpReply reply(BlobKey key) throws IOException {
        BlobReader reader;
        try {
            reader = blobs.open(key);
        } catch (NoSuchFileException _) {
            count("missing");
            return text(404, "There is no such recording here.");
        }
        count("given");
        return HttpReply.parts(
                        200,
                        "video/mp4",
                        List.of(new HttpBody.BlobPart(reader, 0, reader.info().sizeBytes())),
                        () -> close(reader))
                .ranges()
                .cacheControl("no-store");
    }

    private static void close(BlobReader reader) {
        try {
            reader.close();
        } catch (IOException e) {
            log.debug("closing {}: {}", reader.info().key(), e.toString());
        }
    }

    private static HttpReply text(int status, String message) {
        return HttpReply.text(status, message).cacheControl("no-store");
    }

    private void count(String outcome) {
        meters.counter("millrace.live.recording.reads", "outcome", outcome).increment();
    }
}
