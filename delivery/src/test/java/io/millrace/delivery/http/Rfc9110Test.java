package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/// HTTP semantics, clause by clause of RFC 9110, where {@link HttpServerTest} has no case.
class Rfc9110Test {
    private static final Instant CHANGED = Instant.parse("2024-03-05T10:20:30Z");
    private static final String TEXT = "0123456789".repeat(100);

    private final HttpRouter router = new HttpRouter();
    private final EventLoops loops = EventLoops.start(1);
    private final HttpServer server = start();

    private HttpServer start() {
        byte[] bytes = TEXT.getBytes(StandardCharsets.US_ASCII);
        router.add(
                "/file",
                "file",
                e ->
                        e.reply(
                                HttpReply.bytes(200, "video/mp4", bytes)
                                        .etag("one")
                                        .lastModified(CHANGED)
                                        .cacheControl("max-age=60")
                                        .ranges()));
        router.add(
                "/dated",
                "dated",
                e ->
                        e.reply(
                                HttpReply.bytes(200, "video/mp4", bytes)
                                        .lastModified(CHANGED)
                                        .ranges()));
        router.add(
                "/text",
                "text",
                e -> e.reply(HttpReply.bytes(200, "text/plain", bytes).etag("one").ranges()));
        router.add("/missing", "missing", e -> e.reply(HttpReply.text(404, TEXT)));
        var prepared =
                PreparedReply.of(
                        HttpReply.bytes(200, "text/plain", bytes)
                                .etag("one")
                                .lastModified(CHANGED));
        router.add("/prepared", "prepared", e -> e.reply(prepared));
        try {
            return new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, loops)
                    .start();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        loops.close();
    }

    private RawClient.Reply get(String method, String path, String... headers) throws IOException {
        try (RawClient client = new RawClient(server.localPort())) {
            return client.exchange(method, path, headers);
        }
    }

    /// Clause, path, headers (`;` between two), status.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    5.6.7 IMF-fixdate   | /dated | If-Modified-Since: Tue, 05 Mar 2024 10:20:30 GMT  | 304
                    5.6.7 rfc850-date   | /dated | If-Modified-Since: Tuesday, 05-Mar-24 10:20:30 GMT | 304
                    5.6.7 asctime-date  | /dated | If-Modified-Since: Tue Mar  5 10:20:30 2024       | 304
                    5.6.7 no date       | /dated | If-Modified-Since: yesterday                      | 200
                    13.1.1 same         | /file  | If-Match: "one"                                   | 200
                    13.1.1 any          | /file  | If-Match: *                                       | 200
                    13.1.1 one of       | /file  | If-Match: "a", "one"                              | 200
                    13.1.1 other        | /file  | If-Match: "two"                                   | 412
                    13.1.1 weak         | /file  | If-Match: W/"one"                                 | 412
                    13.1.2 same         | /file  | If-None-Match: "one"                              | 304
                    13.1.2 any          | /file  | If-None-Match: *                                  | 304
                    13.1.2 weak         | /file  | If-None-Match: W/"one"                            | 304
                    13.1.2 one of       | /file  | If-None-Match: "a", W/"one"                       | 304
                    13.1.2 other        | /file  | If-None-Match: "two"                              | 200
                    13.1.2 not 200      | /missing | If-None-Match: *                                | 404
                    13.1.2 prepared     | /prepared | If-None-Match: "one"                           | 304
                    13.1.3 later        | /dated | If-Modified-Since: Tue, 05 Mar 2024 10:20:31 GMT  | 304
                    13.1.3 earlier      | /dated | If-Modified-Since: Tue, 05 Mar 2024 10:20:29 GMT  | 200
                    13.1.3 with tag     | /file  | If-Modified-Since: Tue, 05 Mar 2024 10:20:30 GMT;If-None-Match: "two" | 200
                    13.1.4 same         | /dated | If-Unmodified-Since: Tue, 05 Mar 2024 10:20:30 GMT | 200
                    13.1.4 earlier      | /dated | If-Unmodified-Since: Tue, 05 Mar 2024 10:20:29 GMT | 412
                    13.1.4 with tag     | /file  | If-Unmodified-Since: Tue, 05 Mar 2024 10:20:29 GMT;If-Match: "one" | 200
                    13.1.5 same tag     | /file  | Range: bytes=1-2;If-Range: "one"                  | 206
                    13.1.5 other tag    | /file  | Range: bytes=1-2;If-Range: "two"                  | 200
                    13.1.5 weak tag     | /file  | Range: bytes=1-2;If-Range: W/"one"                | 200
                    13.1.5 same date    | /dated | Range: bytes=1-2;If-Range: Tue, 05 Mar 2024 10:20:30 GMT | 206
                    13.1.5 later date   | /dated | Range: bytes=1-2;If-Range: Tue, 05 Mar 2024 10:20:31 GMT | 200
                    13.1.5 no range     | /file  | If-Range: "one"                                   | 200
                    13.2.2 order        | /file  | If-Match: "two";If-None-Match: "one"              | 412
                    13.2.2 before range | /file  | If-None-Match: "one";Range: bytes=5000-           | 304
                    14.2 not 200        | /missing | Range: bytes=1-2                                | 404
                    14.2 other unit     | /file  | Range: seconds=1-2                                | 200
                    15.5.17             | /file  | Range: bytes=1000-                                | 416
                    14.1.2 suffix       | /file  | Range: bytes=-3                                   | 206
                    14.1.2 suffix 0     | /file  | Range: bytes=-0                                   | 416
                    14.1.2 all too long | /file  | Range: bytes=-5000                                | 206
                    14.1.2 last > size  | /file  | Range: bytes=990-5000                             | 206
                    """)
    void conditionsAndRanges(String clause, String path, String headers, int status)
            throws Exception {
        RawClient.Reply reply = get("GET", path, headers.split(";"));
        assertThat(reply.status()).as(clause).isEqualTo(status);
        switch (status) {
            case 304 -> assertThat(reply.body()).isEmpty();
            case 206 ->
                    assertThat(reply.header("Content-Range"))
                            .matches("bytes \\d+-\\d+/1000")
                            .endsWith("/1000");
            case 416 -> assertThat(reply.header("Content-Range")).isEqualTo("bytes */1000");
            default -> {}
        }
    }

    /// §8.6, §9.3.2: the same head as GET's, and a range means nothing to it.
    @ParameterizedTest
    @CsvSource({"/file", "/dated", "/text", "/missing", "/prepared"})
    void headIsGetWithoutTheBody(String path) throws Exception {
        RawClient.Reply get = get("GET", path);
        try (RawClient client = new RawClient(server.localPort())) {
            RawClient.Reply head = client.exchange("HEAD", path, "Range: bytes=0-1");
            assertThat(head.status()).isEqualTo(get.status());
            for (String name :
                    new String[] {
                        "Content-Length",
                        "Content-Type",
                        "ETag",
                        "Last-Modified",
                        "Accept-Ranges",
                        "Vary",
                        "Cache-Control"
                    }) {
                assertThat(head.header(name)).as(name).isEqualTo(get.header(name));
            }
            assertThat(client.exchange("GET", path).status()).isEqualTo(get.status());
        }
    }

    /// §15.4.5: what caches need to update what they have.
    @Test
    void notModifiedCarriesWhatACacheNeeds() throws Exception {
        RawClient.Reply reply = get("GET", "/file", "If-None-Match: \"one\"");
        assertThat(reply.header("ETag")).isEqualTo("\"one\"");
        assertThat(reply.header("Cache-Control")).isEqualTo("max-age=60");
        assertThat(reply.header("Date")).endsWith("GMT");
        assertThat(reply.header("Content-Length")).isEmpty();
        assertThat(reply.header("Content-Type")).isEmpty();
    }

    /// §8.8.3.3: another coding is another representation.
    @Test
    void aCompressedBodyHasATagOfItsOwn() throws Exception {
        for (String path : new String[] {"/text", "/prepared"}) {
            RawClient.Reply packed = get("GET", path, "Accept-Encoding: gzip");
            assertThat(packed.header("Content-Encoding")).isEqualTo("gzip");
            assertThat(packed.header("ETag")).isEqualTo("\"one-gz\"");
            assertThat(packed.header("Vary")).isEqualTo("Accept-Encoding");
            RawClient.Reply plain = get("GET", path, "Accept-Encoding: gzip;q=0, br");
            assertThat(plain.header("Content-Encoding")).isEmpty();
            assertThat(plain.header("Vary")).isEqualTo("Accept-Encoding");
            assertThat(get("GET", path, "If-None-Match: \"one-gz\"").status())
                    .as("%s: the tag of the compressed form", path)
                    .isEqualTo(304);
        }
        assertThat(get("GET", "/text", "Accept-Encoding: gzip", "Range: bytes=0-1").text())
                .isEqualTo("01");
    }

    /// §14.6, RFC 2046 §5.1.1: each part has its own head and length.
    @Test
    void severalRangesAreAMultipart() throws Exception {
        RawClient.Reply reply =
                get("GET", "/file", "Range: bytes=0-1,500-503,-4", "If-Range: \"one\"");
        assertThat(reply.status()).isEqualTo(206);
        assertThat(reply.header("Content-Range")).isEmpty();
        String type = reply.header("Content-Type");
        String boundary = type.substring(type.indexOf("boundary=") + 9);
        String[] parts = reply.text().split("--" + boundary, -1);
        assertThat(parts).hasSize(5);
        assertThat(parts[4]).isEqualTo("--\r\n");
        String[][] expected = {
            {"bytes 0-1/1000", "01"}, {"bytes 500-503/1000", "0123"}, {"bytes 996-999/1000", "6789"}
        };
        for (int i = 0; i < expected.length; i++) {
            assertThat(parts[i + 1])
                    .contains("Content-Type: video/mp4\r\n")
                    .contains("Content-Range: " + expected[i][0] + "\r\n")
                    .endsWith("\r\n\r\n" + expected[i][1] + "\r\n");
        }
    }

    /// §15.5.6 and Fetch: errors can be read from another origin, too.
    @Test
    void errorsCanBeReadFromOtherOrigins() throws Exception {
        for (String[] request :
                new String[][] {
                    {"GET", "/nowhere"}, {"GET", "/missing"}, {"GET", "/a%zz"}, {"TRACE", "/file"}
                }) {
            RawClient.Reply reply = get(request[0], request[1]);
            assertThat(reply.status()).isGreaterThanOrEqualTo(400);
            assertThat(reply.header("Access-Control-Allow-Origin")).isEqualTo("*");
            assertThat(reply.header("Access-Control-Expose-Headers"))
                    .contains("Content-Length", "Content-Range", "Date", "ETag");
        }
        assertThat(get("TRACE", "/file").header("Allow")).contains("GET");
    }
}
