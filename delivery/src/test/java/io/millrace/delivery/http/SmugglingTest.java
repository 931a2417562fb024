package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/// Requests that two servers in a row could read differently (RFC 9112 §11.2). Each is followed by
/// a request for `/smuggled`, which is reached only where the table says `ok`: there the first
/// request means one thing only.
class SmugglingTest {
    private final HttpRouter router = new HttpRouter();
    private final AtomicInteger smuggled = new AtomicInteger();
    private final EventLoops loops = EventLoops.start(1);
    private final HttpServer server = start();

    private HttpServer start() {
        router.add(
                "/echo",
                "echo",
                HttpHandler.blocking(
                        e -> HttpReply.bytes(200, "text/plain", e.bodyStream().readAllBytes())));
        router.add(
                "/smuggled",
                "smuggled",
                e -> {
                    smuggled.incrementAndGet();
                    e.reply(HttpReply.text(200, "smuggled"));
                });
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

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    POST /echo HTTP/1.1#Host: a#Content-Length: 5##hello                                   | ok
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5#hello#0##                    | ok
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding:   Chunked  ##5#hello#0##                | ok
                    POST /echo HTTP/1.1#Host: a#Content-Length:  5 ##hello                                 | ok
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5;a=b#hello#0##                | ok
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5#hello#0#Trailer: x##         | ok
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##00000005#hello#000##           | ok
                    POST /echo HTTP/1.1#Host: a#Content-Length: 5#Transfer-Encoding: chunked##0##          | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked#Content-Length: 5##0##          | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 0#Content-Length: 5##                      | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 5#Content-Length: 5##hello                 | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 5, 5##hello                                | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 0, 5##                                     | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: +5##hello                                  | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: -5##hello                                  | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 0x5##hello                                 | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 5 5##hello                                 | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length:##hello                                     | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length: 99999999999999999999##hello                | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length : 5##hello                                  | 400
                    POST /echo HTTP/1.1#Host: a# Content-Length: 5##hello                                  | 400
                    POST /echo HTTP/1.1# Host: a#Content-Length: 5##hello                                  | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: xchunked##0##                           | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked, identity##0##                  | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: identity, chunked##0##                  | 501
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: identity##0##                           | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: gzip, chunked##0##                      | 501
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked#Transfer-Encoding: chunked##0## | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked#Transfer-Encoding: x##0##       | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding:^chunked##0##                            | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding : chunked##0##                           | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: "chunked"##0##                          | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding:##0##                                    | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunk#  ed##0##                         | 400
                    POST /echo HTTP/1.1#Host: a#Content-Length:#  5##hello                                 | 400
                    POST /echo HTTP/1.1#Host: a#X: a#  Content-Length: 9#Content-Length: 5##hello          | ok
                    POST /echo HTTP/1.0#Host: a#Transfer-Encoding: chunked#Connection: keep-alive##0##     | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##0x5#hello#0##                  | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##+5#hello#0##                   | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##-5#hello#0##                   | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##g#hello#0##                    | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked## 5#hello#0##                   | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5 5#hello#0##                  | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5^#hello#0##                   | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked###hello#0##                     | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5_hello#0##                    | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5;a=_b#hello#0##               | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5#hello_0##                    | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##5#helloX#0##                   | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##100000005#hello#0##            | 400
                    POST /echo HTTP/1.1#Host: a#Transfer-Encoding: chunked##FFFFFFFFFFFFFFFFF#hello#0##    | 400
                    POST /echo HTTP/1.1_Host: a_Content-Length: 5__hello                                   | 400
                    POST /echo HTTP/1.1#Host: a_Content-Length: 5##hello                                   | 400
                    POST /echo HTTP/1.1#Host: a#X: b_Content-Length: 5##hello                              | 400
                    POST /echo HTTP/1.1#Host: a#X: b@Content-Length: 5##hello                              | 400
                    POST /echo HTTP/1.1#Host: a#X@: b#Content-Length: 5##hello                             | 400
                    POST /echo HTTP/1.1#Host: a#X\0: b##                                                   | 400
                    POST /echo HTTP/1.1#Host: a#X: \0b##                                                   | 400
                    POST /echo HTTP/1.1#Host: a#: b##                                                      | 400
                    POST /echo HTTP/1.1#Host: a#X##                                                        | 400
                    POST /echo HTTP/1.1#Host: a#X y: b##                                                   | 400
                    POST /echo  HTTP/1.1#Host: a##                                                         | ok
                    POST /ec ho HTTP/1.1#Host: a##                                                         | 400
                    POST /echo HTTP/1.1 x#Host: a##                                                        | 400
                    POST /echo http/1.1#Host: a##                                                          | ok
                    POST /echo HTTP/1.10#Host: a##                                                         | 400
                    POST /echo HTTP/11#Host: a##                                                           | 400
                    POST /echo#Host: a##                                                                   | 400
                    P@ST /echo HTTP/1.1#Host: a##                                                          | 400
                    POST /echo HTTP/1.1#Host: a#Host: a##                                                  | 400
                    POST /echo HTTP/1.1#Host: a, b##                                                       | 400
                    POST http://b@c/echo HTTP/1.1#Host: a##                                                | 400
                    """)
    void aRequestMeansOneThingOrNothing(String wire, String expected) throws Exception {
        String first =
                wire.strip()
                        .replace("#", "\r\n")
                        .replace('_', '\n')
                        .replace('@', '\r')
                        .replace('^', '\u000B')
                        .replace("\\0", "\0");
        try (RawClient client = new RawClient(server.localPort())) {
            client.send(first + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
            RawClient.Reply reply = client.read();
            if (expected.equals("ok")) {
                assertThat(reply.text()).isEqualTo(first.contains("hello") ? "hello" : "");
                assertThat(client.read().text()).isEqualTo("smuggled\n");
                assertThat(smuggled).hasValue(1);
                return;
            }
            assertThat(reply.status()).as(reply.text()).isEqualTo(Integer.parseInt(expected));
            assertThat(reply.header("Connection")).isEqualTo("close");
            assertThat(client.isAtEnd()).isTrue();
        }
        assertThat(smuggled).hasValue(0);
    }

    @Test
    void aBodyThatNobodyReadsIsNoRequest() throws Exception {
        router.add("/unread", "unread", e -> e.reply(HttpReply.text(200, "unread")));
        String hidden = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        try (RawClient client = new RawClient(server.localPort())) {
            client.send(
                    RawClient.request("GET", "/unread", "Content-Length: " + hidden.length())
                            + hidden
                            + RawClient.get("/unread"));
            assertThat(client.read().text()).isEqualTo("unread\n");
            assertThat(client.read().text()).isEqualTo("unread\n");
        }
        assertThat(smuggled).hasValue(0);
    }
}
