package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A reply being put together: status, headers, body.
///
/// Content-Length, Content-Range, Date, Server, Connection, CORS and compression are the server's.
/// With an ETag or Last-Modified and a body of known length, conditional requests are answered;
/// with {@link #ranges} ranges too. One thread at a time; not to be touched after {@link
/// HttpExchange#reply}.
public final class HttpReply {
    private final int status;
    private final HttpBody body;
    private final List<String> headers = new ArrayList<>(8);
    private @Nullable String contentType;
    private @Nullable String etag;
    private @Nullable Instant lastModified;
    private boolean ranges;
    private boolean fromCache;

    private HttpReply(int status, @Nullable String contentType, HttpBody body) {
        this.status = status;
        this.contentType = contentType;
        this.body = body;
    }

    public static HttpReply of(int status) {
        return new HttpReply(status, null, HttpBody.Empty.INSTANCE);
    }

    public static HttpReply of(int status, String contentType, HttpBody body) {
        return new HttpReply(status, contentType, body);
    }

    public static HttpReply text(int status, String text) {
        return bytes(
                status,
                "text/plain; charset=utf-8",
                (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    public static HttpReply bytes(int status, String contentType, byte[] body) {
        return new HttpReply(status, contentType, new HttpBody.Bytes(body));
    }

    /// Takes `body` over.
    public static HttpReply buffer(int status, String contentType, ByteBuf body) {
        return new HttpReply(status, contentType, new HttpBody.Buffer(body));
    }

    public static HttpReply redirect(int status, String location) {
        return of(status).header("Location", location);
    }

    public static HttpReply stream(
            int status, String contentType, HttpBody.StreamProducer producer) {
        return new HttpReply(status, contentType, new HttpBody.Stream(producer));
    }

    /// Takes the buffers of `parts` over; `owner` runs once when the parts are not needed any more.
    public static HttpReply parts(
            int status, String contentType, List<HttpBody.Part> parts, Runnable owner) {
        long size = 0;
        for (HttpBody.Part part : parts) {
            size += part.sizeBytes();
        }
        return new HttpReply(status, contentType, new HttpBody.Parts(parts, size, owner));
    }

    /// Adds a header.
    ///
    /// @throws IllegalArgumentException when name or value could break out of its line
    public HttpReply header(String name, String value) {
        checkToken(name);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == 0x7F || (c < ' ' && c != '\t') || c > 0xFF) {
                throw new IllegalArgumentException(
                        "header " + name + ": character " + (int) c + " (expected: Latin-1 text)");
            }
        }
        headers.add(name);
        headers.add(value);
        return this;
    }

    public HttpReply cacheControl(String value) {
        return header("Cache-Control", value);
    }

    /// Tells shared caches not to keep what they might: {@link HttpExchange#keepFromSharedCaches}.
    HttpReply forOneClient() {
        for (int i = 0; i < headers.size(); i += 2) {
            if (headers.get(i).equalsIgnoreCase("Cache-Control")) {
                headers.set(i + 1, forOneClient(headers.get(i + 1)));
            }
        }
        return this;
    }

    /// RFC 9111 §5.2.2: what does not forbid all keeping is left to the client's own cache.
    private static String forOneClient(String directives) {
        var told = new StringBuilder("private");
        for (String directive : directives.split(",")) {
            String name = directive.strip().toLowerCase(Locale.ROOT);
            if (name.equals("no-store") || name.equals("private")) {
                return directives;
            }
            if (!name.isEmpty() && !name.equals("public") && !name.startsWith("s-maxage")) {
                told.append(", ").append(directive.strip());
            }
        }
        return told.toString();
    }

    /// @param tag a strong tag's text, without quotes
    public HttpReply etag(String tag) {
        this.etag = '"' + tag + '"';
        return this;
    }

    public HttpReply lastModified(Instant time) {
        this.lastModified = time;
        return this;
    }

    public HttpReply contentType(String type) {
        this.contentType = type;
        return this;
    }

    /// Says that parts of the body may be asked for.
    public HttpReply ranges() {
        this.ranges = true;
        return this;
    }

    /// Says that the body was made for an earlier request; for the access log.
    public HttpReply fromCache() {
        this.fromCache = true;
        return this;
    }

    boolean isFromCache() {
        return fromCache;
    }

    public int status() {
        return status;
    }

    public HttpBody body() {
        return body;
    }

    public @Nullable String contentType() {
        return contentType;
    }

    /// With quotes.
    public @Nullable String etag() {
        return etag;
    }

    public @Nullable Instant lastModified() {
        return lastModified;
    }

    /// The same head with another body.
    HttpReply copy(HttpBody otherBody) {
        var copy = new HttpReply(status, contentType, otherBody);
        copy.headers.addAll(headers);
        copy.etag = etag;
        copy.lastModified = lastModified;
        copy.ranges = ranges;
        copy.fromCache = fromCache;
        return copy;
    }

    boolean allowsRanges() {
        return ranges;
    }

    /// Name, value, name, value…
    List<String> headerPairs() {
        return headers;
    }

    private static void checkToken(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("header name: empty");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c <= ' ' || c >= 0x7F || "\"(),/:;<=>?@[\\]{}".indexOf(c) >= 0) {
                throw new IllegalArgumentException("header name: " + name + " (expected: a token)");
            }
        }
    }
}
