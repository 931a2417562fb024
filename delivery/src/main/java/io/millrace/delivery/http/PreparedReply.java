package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// A reply of status 200 rendered once and sent often: playlists, manifests, init segments.
///
/// Everything after `Date` (head and body) is ready-to-write bytes, plain and, for text types,
/// compressed. Immutable, thread-safe, on the heap: a cache may drop it without closing anything.
public final class PreparedReply {
    /// Ready bytes and how many of them are head.
    ///
    /// @param fields the same head for HTTP/2, without Content-Length
    /// @param latest the head for HTTP/2 as it was last sent
    record Rendered(
            byte[] bytes,
            int headBytes,
            List<AsciiString> fields,
            AtomicReference<@Nullable DatedHead> latest) {
        Rendered(byte[] bytes, int headBytes, List<AsciiString> fields) {
            this(bytes, headBytes, fields, new AtomicReference<>());
        }

        int bodyBytes() {
            return bytes.length - headBytes;
        }

        /// The whole head of a reply over HTTP/2, made once a second at most: a part of a live
        /// stream lets everybody have the same playlist at once.
        DatedHead http2Head() {
            AsciiString date = HttpDates.nowAscii();
            DatedHead made = latest.getAcquire();
            if (made == null || made.date != date) {
                Http2Headers head = Http2Heads.reply(fields, date, bodyBytes(), null);
                made = new DatedHead(date, head, Http2Heads.block(head));
                latest.setRelease(made);
            }
            return made;
        }
    }

    /// A head for HTTP/2.
    ///
    /// @param date what stands in it; the same object for as long as it holds
    /// @param block the same as {@link Http2Heads#block} writes it
    record DatedHead(AsciiString date, Http2Headers fields, byte[] block) {}

    private final HttpReply template;
    private final byte[] body;
    private final Rendered plain;
    private final @Nullable Rendered gzip;

    /// Made when first asked for; two threads may make it at once.
    private volatile @Nullable PreparedReply forOneClient;

    private PreparedReply(HttpReply template, byte[] body) {
        this(
                template,
                body,
                body.length >= Compression.MIN_BYTES
                                && Compression.isCompressible(template.contentType())
                        ? Compression.gzip(body, Compression.KEPT)
                        : null);
    }

    private PreparedReply(HttpReply template, byte[] body, byte @Nullable [] compressed) {
        this.template = template;
        this.body = body;
        plain = render(template, body, compressed != null, false);
        gzip = compressed == null ? null : render(template, compressed, true, true);
    }

    /// @param reply status 200, with a {@link HttpBody.Bytes} body; not to be changed any more
    public static PreparedReply of(HttpReply reply) {
        if (reply.status() != 200 || !(reply.body() instanceof HttpBody.Bytes(byte[] body))) {
            throw new IllegalArgumentException("reply: (expected: 200 with Bytes)");
        }
        return new PreparedReply(reply, body);
    }

    private static Rendered render(
            HttpReply template, byte[] body, boolean varies, boolean compressed) {
        var headers = new ArrayList<>(template.headerPairs());
        if (template.contentType() != null) {
            headers.addAll(List.of("Content-Type", template.contentType()));
        }
        String etag = template.etag();
        if (etag != null) {
            headers.addAll(List.of("ETag", compressed ? ReplyPlan.gzipTag(etag) : etag));
        }
        if (template.lastModified() != null) {
            headers.addAll(List.of("Last-Modified", HttpDates.format(template.lastModified())));
        }
        if (template.allowsRanges()) {
            headers.addAll(List.of("Accept-Ranges", "bytes"));
        }
        if (varies) {
            headers.addAll(List.of("Vary", "Accept-Encoding"));
        }
        if (compressed) {
            headers.addAll(List.of("Content-Encoding", "gzip"));
        }
        ByteBuf out = Unpooled.buffer(512 + body.length);
        for (int i = 0; i < headers.size(); i += 2) {
            ReplyHead.write(out, headers.get(i), headers.get(i + 1));
        }
        ReplyHead.write(out, "Content-Length", Integer.toString(body.length));
        out.writeCharSequence(ReplyHead.CORS + "\r\n", StandardCharsets.US_ASCII);
        int headBytes = out.readableBytes();
        out.writeBytes(body);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return new Rendered(bytes, headBytes, Http2Heads.prepared(headers));
    }

    /// Whether such a request is answered by the bytes as they are: a plain GET.
    static boolean isFor(RequestHead head) {
        HttpHeaders headers = head.headers();
        return !head.method().equals("HEAD")
                && !headers.contains(HttpHeaderNames.RANGE)
                && !headers.contains(HttpHeaderNames.IF_NONE_MATCH)
                && !headers.contains(HttpHeaderNames.IF_MODIFIED_SINCE)
                && !headers.contains(HttpHeaderNames.IF_MATCH)
                && !headers.contains(HttpHeaderNames.IF_UNMODIFIED_SINCE);
    }

    /// The bytes for whoever sent a head.
    Rendered rendered(RequestHead head) {
        return rendered(
                hasCompressed()
                        && Compression.accepts(
                                head.headers().get(HttpHeaderNames.ACCEPT_ENCODING)));
    }

    /// The bytes for a client that does or does not take gzip.
    Rendered rendered(boolean acceptsGzip) {
        return acceptsGzip && gzip != null ? gzip : plain;
    }

    boolean hasCompressed() {
        return gzip != null;
    }

    /// The same reply with a head that keeps it from shared caches.
    PreparedReply forOneClient() {
        PreparedReply made = forOneClient;
        if (made == null) {
            made =
                    new PreparedReply(
                            template.copy(template.body()).forOneClient(),
                            body,
                            gzip == null
                                    ? null
                                    : Arrays.copyOfRange(
                                            gzip.bytes, gzip.headBytes, gzip.bytes.length));
            forOneClient = made;
        }
        return made;
    }

    /// The same reply for the general path: conditions and ranges.
    HttpReply toReply() {
        return template.copy(new HttpBody.Bytes(body));
    }

    public @Nullable String etag() {
        return template.etag();
    }

    public byte[] body() {
        return body;
    }

    /// For a cache that is bounded by weight.
    public int sizeBytes() {
        return body.length + plain.bytes.length + (gzip == null ? 0 : gzip.bytes.length);
    }
}
