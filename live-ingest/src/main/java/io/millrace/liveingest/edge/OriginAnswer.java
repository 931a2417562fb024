package io.millrace.liveingest.edge;

import io.millrace.delivery.http.HttpReply;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What another node answered.
sealed interface OriginAnswer {
    /// Most that an object of a stream may have.
    long MAX_BYTES = 64 << 20;

    /// For somebody who asked here.
    HttpReply reply();

    int status();

    /// All of it.
    ///
    /// @param receivedNanos when it came, by {@link System#nanoTime}
    record Whole(int status, Head head, byte[] body, long receivedNanos) implements OriginAnswer {
        /// Says how old it is where that is a second or more: its life began at the origin, and
        /// players of low-latency HLS find the live edge by it.
        @Override
        public HttpReply reply() {
            HttpReply reply =
                    HttpReply.bytes(status, head.contentType(), body)
                            .cacheControl(head.cacheControl());
            long age = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - receivedNanos);
            return age > 0 ? reply.header("Age", Long.toString(age)) : reply;
        }
    }

    /// A success that is still on its way.
    record Growing(Head head, GrowingObject object) implements OriginAnswer {
        @Override
        public int status() {
            return 200;
        }

        @Override
        public HttpReply reply() {
            return HttpReply.stream(200, head.contentType(), object::sendTo)
                    .cacheControl(head.cacheControl());
        }
    }

    record Head(String contentType, String cacheControl) {
        private static final Pattern MAX_AGE = Pattern.compile("max-age=([0-9]{1,9})");

        static Head of(HttpHeaders headers) {
            return new Head(
                    headers.firstValue("Content-Type").orElse("application/octet-stream"),
                    headers.firstValue("Cache-Control").orElse("no-store"));
        }

        /// How long the answer may be kept; 0 for not at all.
        Duration lifetime() {
            Matcher age = MAX_AGE.matcher(cacheControl);
            return cacheControl.contains("no-store") || !age.find()
                    ? Duration.ZERO
                    : Duration.ofSeconds(Long.parseLong(age.group(1)));
        }
    }

    /// Answers of known length are awaited; a success without one is a segment that is still made.
    static HttpResponse.BodyHandler<OriginAnswer> handler() {
        return info -> {
            Head head = Head.of(info.headers());
            if (info.statusCode() == 200 && info.headers().firstValue("Content-Length").isEmpty()) {
                return HttpResponse.BodySubscribers.mapping(
                        new GrowingObject(MAX_BYTES), object -> new Growing(head, object));
            }
            return HttpResponse.BodySubscribers.mapping(
                    HttpResponse.BodySubscribers.limiting(
                            HttpResponse.BodySubscribers.ofByteArray(), MAX_BYTES),
                    body -> new Whole(info.statusCode(), head, body, System.nanoTime()));
        };
    }
}
