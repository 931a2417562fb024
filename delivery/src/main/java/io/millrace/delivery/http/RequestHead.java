package io.millrace.delivery.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// A request's head, checked.
///
/// @param authority what `Host` (or an absolute target) names, empty when HTTP/1.0 names none
/// @param contentLength 0 without a body, -1 when chunked
record RequestHead(
        String method,
        String rawPath,
        String path,
        String rawQuery,
        String authority,
        Protocol protocol,
        boolean keepAlive,
        boolean expectsContinue,
        long contentLength,
        HttpHeaders headers) {

    /// What the request came by.
    enum Protocol {
        HTTP_1_0("HTTP/1.0"),
        HTTP_1_1("HTTP/1.1"),
        HTTP_2("HTTP/2.0");

        private final String text;

        Protocol(String text) {
            this.text = text;
        }

        /// As access logs write it.
        String text() {
            return text;
        }
    }

    /// @throws HttpProblem what is wrong with it; the connection closes after such an answer
    static RequestHead of(HttpRequest request) throws HttpProblem {
        HttpVersion version = request.protocolVersion();
        if (version.majorVersion() != 1) {
            throw new HttpProblem(
                    505, "This listener speaks HTTP/1.1, not " + version.text() + ".");
        }
        HttpHeaders headers = request.headers();
        List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
        boolean http10 = version.minorVersion() == 0;
        if (hosts.size() > 1 || (hosts.isEmpty() && !http10)) {
            throw new HttpProblem(400, "The request needs exactly one Host header.");
        }
        String authority = hosts.isEmpty() ? "" : hosts.getFirst().trim();
        String target = request.uri();
        if (target.regionMatches(true, 0, "http://", 0, 7)
                || target.regionMatches(true, 0, "https://", 0, 8)) {
            int start = target.indexOf("//") + 2;
            int end = start;
            while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
                end++;
            }
            authority = target.substring(start, end);
            target = target.substring(end);
            if (!target.startsWith("/")) {
                target = "/" + target;
            }
        }
        checkAuthority(authority);
        String method = request.method().name();
        if (method.equals("OPTIONS") && target.equals("*")) {
            target = "/";
        }
        if (!target.startsWith("/")) {
            throw new HttpProblem(400, "The request's target must start with '/'.");
        }
        int question = target.indexOf('?');
        String rawPath = question < 0 ? target : target.substring(0, question);
        String rawQuery = question < 0 ? "" : target.substring(question + 1);
        boolean chunked = false;
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
            if (codings.size() != 1 || !codings.getFirst().trim().equalsIgnoreCase("chunked")) {
                throw new HttpProblem(501, "The only Transfer-Encoding understood is chunked.");
            }
            chunked = true;
        }
        String expect = headers.get(HttpHeaderNames.EXPECT);
        if (expect != null && !expect.trim().equalsIgnoreCase("100-continue")) {
            throw new HttpProblem(417, "The only Expect understood is 100-continue.");
        }
        return new RequestHead(
                method,
                rawPath,
                RequestPath.decode(rawPath),
                rawQuery,
                authority,
                http10 ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1,
                HttpUtil.isKeepAlive(request),
                expect != null && !http10,
                chunked ? -1 : contentLength(headers),
                headers);
    }

    /// Stands for a request that could not be read.
    static RequestHead unreadable(HttpRequest request) {
        return new RequestHead(
                request.method().name(),
                "/",
                "/",
                "",
                "",
                Protocol.HTTP_1_1,
                false,
                false,
                0,
                request.headers());
    }

    /// What is wrong with a request that the decoder gave up.
    static HttpProblem undecodable(Throwable cause) {
        return switch (cause) {
            case TooLongHttpLineException _ ->
                    new HttpProblem(414, "The request line is too long.");
            case TooLongHttpHeaderException _ ->
                    new HttpProblem(431, "The request's header block is too large.");
            default ->
                    new HttpProblem(
                            400,
                            "The request is not HTTP/1.1: " + String.valueOf(cause.getMessage()));
        };
    }

    static long contentLength(HttpHeaders headers) throws HttpProblem {
        String value = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (value == null) {
            return 0;
        }
        try {
            long length = Long.parseLong(value.trim());
            if (length >= 0) {
                return length;
            }
        } catch (NumberFormatException _) {
            // Answered below.
        }
        throw new HttpProblem(400, "Content-Length is not a number.");
    }

    static void checkAuthority(String authority) throws HttpProblem {
        for (int i = 0; i < authority.length(); i++) {
            char c = authority.charAt(i);
            boolean legal =
                    (c >= 'a' && c <= 'z')
                            || (c >= 'A' && c <= 'Z')
                            || (c >= '0' && c <= '9')
                            || "-._:[]".indexOf(c) >= 0;
            if (!legal) {
                throw new HttpProblem(400, "The Host header is not a host name.");
            }
        }
    }

    boolean http10() {
        return protocol == Protocol.HTTP_1_0;
    }

    boolean hasBody() {
        return contentLength != 0;
    }

    @Nullable String header(String name) {
        return headers.get(name);
    }
}
