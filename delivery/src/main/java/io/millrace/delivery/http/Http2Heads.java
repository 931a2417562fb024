package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.EmptyHttp2Headers;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Between HTTP/2's header lists and our heads, RFC 9113 §8.3.
final class Http2Heads {
    /// Fields that differ from reply to reply: in the compression table they would only push out
    /// what repeats.
    static final Http2HeadersEncoder.SensitivityDetector UNTABLED;

    private static final AsciiString[] STATUS = new AsciiString[600];
    private static final Map<String, AsciiString> NAMES = new HashMap<>();
    private static final AsciiString SERVER = AsciiString.cached("server");
    private static final AsciiString MILLRACE = AsciiString.cached("Millrace");
    private static final AsciiString DATE = AsciiString.cached("date");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    private static final AsciiString REQUEST_ID = AsciiString.cached("x-request-id");
    private static final AsciiString CORS_ORIGIN =
            AsciiString.cached("access-control-allow-origin");
    private static final List<AsciiString> CORS = cors();

    static {
        for (int status = 100; status < STATUS.length; status++) {
            STATUS[status] = AsciiString.cached(Integer.toString(status));
        }
        for (String name :
                List.of(
                        "Accept-Ranges",
                        "Cache-Control",
                        "Content-Encoding",
                        "Content-Range",
                        "Content-Type",
                        "ETag",
                        "Last-Modified",
                        "Vary")) {
            NAMES.put(name, AsciiString.cached(name.toLowerCase(Locale.ROOT)));
        }
        Set<AsciiString> untabled =
                Set.of(
                        CONTENT_LENGTH,
                        REQUEST_ID,
                        AsciiString.cached("content-range"),
                        AsciiString.cached("etag"),
                        AsciiString.cached("last-modified"));
        UNTABLED = (name, _) -> name instanceof AsciiString n && untabled.contains(n);
    }

    private Http2Heads() {}

    private static List<AsciiString> cors() {
        var pairs = new ArrayList<AsciiString>();
        for (String line : ReplyHead.CORS.split("\r\n")) {
            int colon = line.indexOf(':');
            pairs.add(AsciiString.cached(line.substring(0, colon).toLowerCase(Locale.ROOT)));
            pairs.add(AsciiString.cached(line.substring(colon + 2)));
        }
        return List.copyOf(pairs);
    }

    /// @param endOfStream whether no body follows
    /// @throws HttpProblem what is wrong with it; answered on its stream
    static RequestHead request(Http2Headers list, boolean endOfStream) throws HttpProblem {
        HttpHeaders headers = new DefaultHttpHeaders(false);
        StringBuilder cookies = null;
        String host = null;
        for (Map.Entry<CharSequence, CharSequence> entry : list) {
            CharSequence name = entry.getKey();
            if (name.isEmpty() || name.charAt(0) == ':') {
                continue;
            }
            String value = entry.getValue().toString();
            if (value.indexOf('\n') >= 0 || value.indexOf('\r') >= 0 || value.indexOf(0) >= 0) {
                throw new HttpProblem(400, "The header " + name + " holds a line break or NUL.");
            }
            if (HttpHeaderNames.COOKIE.contentEquals(name)) {
                // Clients may send each in a field of its own, §8.2.3.
                cookies =
                        cookies == null
                                ? new StringBuilder(value)
                                : cookies.append("; ").append(value);
                continue;
            }
            if (HttpHeaderNames.HOST.contentEquals(name)) {
                if (host != null && !host.equals(value)) {
                    throw new HttpProblem(400, "The request names two hosts.");
                }
                host = value;
            }
            headers.add(name, value);
        }
        if (cookies != null) {
            headers.add(HttpHeaderNames.COOKIE, cookies.toString());
        }
        String authority = text(list.authority());
        if (authority.isEmpty()) {
            authority = host == null ? "" : host;
        } else if (host != null && !host.equalsIgnoreCase(authority)) {
            throw new HttpProblem(400, "The Host header and :authority name two hosts.");
        }
        RequestHead.checkAuthority(authority);
        String method = text(list.method());
        String target = text(list.path());
        if (method.equals("CONNECT") || (method.equals("OPTIONS") && target.equals("*"))) {
            target = "/";
        }
        if (!target.startsWith("/")) {
            throw new HttpProblem(400, "The request's :path must start with '/'.");
        }
        int question = target.indexOf('?');
        String rawPath = question < 0 ? target : target.substring(0, question);
        long length = RequestHead.contentLength(headers);
        if (endOfStream) {
            length = 0;
        } else if (!headers.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            length = -1;
        }
        String expect = headers.get(HttpHeaderNames.EXPECT);
        return new RequestHead(
                method,
                rawPath,
                RequestPath.decode(rawPath),
                question < 0 ? "" : target.substring(question + 1),
                authority,
                RequestHead.Protocol.HTTP_2,
                true,
                expect != null && expect.trim().equalsIgnoreCase("100-continue"),
                length,
                headers);
    }

    /// A head to log and answer when the real one could not be read.
    static RequestHead unreadable(Http2Headers list) {
        String method = text(list.method());
        return new RequestHead(
                method.isEmpty() ? "GET" : method,
                "/",
                "/",
                "",
                "",
                RequestHead.Protocol.HTTP_2,
                true,
                false,
                0,
                new DefaultHttpHeaders(false));
    }

    private static String text(@Nullable CharSequence value) {
        return value == null ? "" : value.toString();
    }

    /// The head of a reply.
    ///
    /// @param contentLength -1 writes none
    static Http2Headers reply(ReplyPlan plan, long contentLength, @Nullable String requestId) {
        List<String> headers = plan.headers();
        var fields = new ArrayList<AsciiString>(headers.size() + 18);
        start(fields, HttpDates.nowAscii());
        boolean ownCors = false;
        for (int i = 0; i < headers.size(); i += 2) {
            AsciiString name = name(headers.get(i));
            fields.add(name);
            fields.add(new AsciiString(headers.get(i + 1)));
            ownCors |= name.equals(CORS_ORIGIN);
        }
        return end(fields, plan.status(), contentLength, requestId, !ownCors);
    }

    /// The head of a prepared reply.
    ///
    /// @param prepared name, value, name, value…, without the common ones
    static Http2Headers reply(
            List<AsciiString> prepared,
            AsciiString date,
            long contentLength,
            @Nullable String requestId) {
        var fields = new ArrayList<AsciiString>(prepared.size() + 18);
        start(fields, date);
        fields.addAll(prepared);
        return end(fields, 200, contentLength, requestId, true);
    }

    /// The names and values of a reply in HTTP/2's form.
    static List<AsciiString> prepared(List<String> headers) {
        var fields = new ArrayList<AsciiString>(headers.size());
        for (int i = 0; i < headers.size(); i += 2) {
            fields.add(name(headers.get(i)));
            fields.add(new AsciiString(headers.get(i + 1)));
        }
        return List.copyOf(fields);
    }

    /// A head as a header block that needs nothing of a connection's table and leaves nothing in
    /// it, RFC 7541 §6.1 and §6.2.2: the same bytes for everybody. It is longer than what a
    /// connection would write that has sent most of it before, but it is made once.
    static byte[] block(Http2Headers head) {
        ByteBuf out = Unpooled.buffer(512);
        try (var encoder = new DefaultHttp2HeadersEncoder((_, _) -> false, true, 2, 0)) {
            encoder.maxHeaderTableSize(0);
            // What it says of the table's size goes with its first block: not with ours.
            encoder.encodeHeaders(1, EmptyHttp2Headers.INSTANCE, out);
            out.clear();
            encoder.encodeHeaders(1, head, out);
            return ByteBufUtil.getBytes(out);
        } catch (Http2Exception e) {
            throw new IllegalStateException("a head that we made", e);
        }
    }

    /// `100 Continue`.
    static Http2Headers goOn() {
        return ReadOnlyHttp2Headers.serverHeaders(false, STATUS[100]);
    }

    private static void start(List<AsciiString> fields, AsciiString date) {
        fields.add(SERVER);
        fields.add(MILLRACE);
        fields.add(DATE);
        fields.add(date);
    }

    private static Http2Headers end(
            List<AsciiString> fields,
            int status,
            long contentLength,
            @Nullable String requestId,
            boolean cors) {
        if (contentLength >= 0) {
            fields.add(CONTENT_LENGTH);
            fields.add(new AsciiString(Long.toString(contentLength)));
        }
        if (requestId != null) {
            fields.add(REQUEST_ID);
            fields.add(new AsciiString(requestId));
        }
        if (cors) {
            fields.addAll(CORS);
        }
        return ReadOnlyHttp2Headers.serverHeaders(
                false, STATUS[status], fields.toArray(AsciiString[]::new));
    }

    private static AsciiString name(String name) {
        AsciiString known = NAMES.get(name);
        return known == null ? new AsciiString(name.toLowerCase(Locale.ROOT)) : known;
    }
}
