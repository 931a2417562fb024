package io.millrace.delivery.vod;

import io.millrace.delivery.decode.DecoderFailedException;
import io.millrace.delivery.decode.DecodersBusyException;
import io.millrace.delivery.drm.KeyServiceException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.mapping.MediaPathException;
import io.millrace.storage.blob.BlobReplacedException;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// What went wrong with stored media, as a reply.
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

    /// One line about failing storage in this time.
    private static final Duration QUIET = Duration.ofSeconds(10);

    private static final AtomicLong QUIET_UNTIL = new AtomicLong(System.nanoTime());
    private static final LongAdder UNTOLD = new LongAdder();

    private Failures() {}

    /// Answers the exchange.
    ///
    /// @param path names the media in the log, without its signature
    static void reply(HttpExchange exchange, String path, Throwable thrown) {
        HttpReply reply = of(exchange, path, thrown);
        if (reply == null) {
            exchange.fail(cause(thrown));
        } else {
            exchange.reply(reply);
        }
    }

    static Throwable cause(Throwable thrown) {
        Throwable cause = thrown;
        while ((cause instanceof CompletionException || cause instanceof ExecutionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /// The reply to a failure that is foreseen, logged; null for others.
    static @Nullable HttpReply of(HttpExchange exchange, String path, Throwable thrown) {
        return switch (cause(thrown)) {
            case NoSuchFileException _ -> error(404, "There is no such file.");
            case AccessDeniedException _ -> {
                LOG.warn("request {} {}: may not be read", exchange.requestId(), path);
                yield error(403, "This server may not read the file.");
            }
            case MediaPathException e -> {
                String text = String.valueOf(e.getMessage());
                yield switch (e.reason()) {
                    case BAD_REQUEST -> error(400, text);
                    case NOT_FOUND -> error(404, "Not found: " + text + ".");
                    case BAD_MAPPING -> {
                        LOG.warn("request {} {}: {}", exchange.requestId(), path, text);
                        yield error(503, text);
                    }
                    case BAD_UPSTREAM -> {
                        LOG.warn("request {} {}: {}", exchange.requestId(), path, text);
                        yield error(502, text).header("Retry-After", "1");
                    }
                };
            }
            case MediaException e -> {
                LOG.warn("request {} {}: {}", exchange.requestId(), path, e.getMessage());
                yield error(422, "This file cannot be packaged: " + e.getMessage());
            }
            case DecodersBusyException e ->
                    error(503, String.valueOf(e.getMessage())).header("Retry-After", "1");
            case DecoderFailedException e -> {
                LOG.error("request {} {}: {}", exchange.requestId(), path, e.getMessage());
                yield error(503, "The decoder does not work now.").header("Retry-After", "5");
            }
            case KeyServiceException e when e.isTemporary() ->
                    error(503, "The media's key cannot be had now: " + e.getMessage() + ".")
                            .header("Retry-After", "5");
            case KeyServiceException e -> {
                LOG.warn("request {} {}: {}", exchange.requestId(), path, e.getMessage());
                yield error(502, "The media has no usable key: " + e.getMessage() + ".");
            }
            case Busy e -> error(503, String.valueOf(e.getMessage())).header("Retry-After", "1");
            case StorageTimeoutException e -> {
                storageFailed(exchange, path, e, false);
                yield error(504, "The storage does not answer.").header("Retry-After", "5");
            }
            case BlobReplacedException e -> {
                storageFailed(exchange, path, e, false);
                yield error(503, "The file was replaced just now.").header("Retry-After", "1");
            }
            case IOException e -> {
                storageFailed(exchange, path, e, !(e instanceof StorageUnavailableException));
                yield error(503, "The file cannot be read now.").header("Retry-After", "5");
            }
            default -> null;
        };
    }

    /// Every request fails while a volume is away, so not each of them is told.
    private static void storageFailed(
            HttpExchange exchange, String path, IOException e, boolean withStack) {
        long now = System.nanoTime();
        long quietUntil = QUIET_UNTIL.get();
        if (now - quietUntil < 0 || !QUIET_UNTIL.compareAndSet(quietUntil, now + QUIET.toNanos())) {
            UNTOLD.increment();
            return;
        }
        String before = UNTOLD.sumThenReset() + " before untold";
        if (withStack) {
            LOG.error("request {} {}: storage failed ({})", exchange.requestId(), path, before, e);
        } else {
            LOG.error(
                    "request {} {}: storage failed ({}): {}",
                    exchange.requestId(),
                    path,
                    before,
                    e.getMessage());
        }
    }

    static HttpReply error(int status, String text) {
        return HttpReply.text(status, text).cacheControl("no-store");
    }

    static HttpReply methodNotAllowed() {
        return error(405, "Only GET and HEAD are served here.")
                .header("Allow", "GET, HEAD, OPTIONS");
    }

    static boolean isRead(HttpExchange exchange) {
        return exchange.method().equals("GET") || exchange.method().equals("HEAD");
    }

    /// A limit of ours is reached; the client may try again.
    static final class Busy extends Exception {
        private static final long serialVersionUID = 1;

        Busy(String message) {
            super(message);
        }
    }
}
