package io.millrace.mediaserver.config;

import java.time.Duration;
import java.util.List;

/// The HTTP and HTTPS listener of API, console, delivery and live.
public record HttpConfig(
        @Setting(
                        key = "http.bind",
                        value = "0.0.0.0",
                        unit = "address",
                        help = "Address that HTTP and HTTPS listen on.")
                String bind,
        @Setting(
                        key = "http.port",
                        value = "8080",
                        unit = "port",
                        help = "Port of HTTP.",
                        min = 0,
                        max = 65535)
                int port,
        @Setting(
                        key = "http.secure-port",
                        value = "8443",
                        unit = "port",
                        help = "Port of HTTPS; -1 switches HTTPS off.",
                        min = -1,
                        max = 65535)
                int securePort,
        @Setting(
                        key = "http.public-url",
                        value = "",
                        unit = "URL",
                        help =
                                "How clients reach this installation, for URLs in answers (https://video.example.edu). Empty: what the client itself used.")
                String publicUrl,
        @Setting(
                        key = "http.trusted-proxies",
                        value = "",
                        unit = "list of addresses",
                        help =
                                "IP addresses of load balancers whose X-Forwarded-For and X-Forwarded-Proto are believed.")
                List<String> trustedProxies,
        @Setting(
                        key = "http.proxy-protocol-from",
                        value = "",
                        unit = "list of addresses",
                        help =
                                "IP addresses of load balancers whose connections begin with a PROXY protocol header (version 1 or 2), which they must then send. Others may not.")
                List<String> proxyProtocolFrom,
        @Setting(
                        key = "http.certificate",
                        value = "",
                        unit = "file",
                        help =
                                "PEM file with the certificate chain. Empty: a self-signed certificate is made in the data folder at the first start.")
                String certificate,
        @Setting(
                        key = "http.certificate-key",
                        value = "",
                        unit = "file",
                        help = "PEM file with the private key (PKCS #8) of the certificate.")
                String certificateKey,
        @Setting(
                        key = "http.certificate-check",
                        value = "10s",
                        unit = "duration",
                        help =
                                "How often the certificate's files are looked at; replaced ones serve new connections without a restart.",
                        min = 1,
                        max = 86400)
                Duration certificateCheck,
        @Setting(
                        key = "http.http2",
                        value = "true",
                        unit = "true | false",
                        help =
                                "Speak HTTP/2 beside HTTP/1.1: on the secure port by ALPN, on the other by prior knowledge.")
                boolean http2,
        @Setting(
                        key = "http.max-connections",
                        value = "20000",
                        unit = "connections",
                        help = "Connections beyond this are refused at accept.",
                        min = 10,
                        max = 1000000)
                int maxConnections,
        @Setting(
                        key = "http.idle-timeout",
                        value = "75s",
                        unit = "duration",
                        help =
                                "A keep-alive connection without a request is closed after this time.",
                        min = 1,
                        max = 3600)
                Duration idleTimeout,
        @Setting(
                        key = "http.header-timeout",
                        value = "10s",
                        unit = "duration",
                        help = "A request head must arrive within this time.",
                        min = 1,
                        max = 300)
                Duration headerTimeout,
        @Setting(
                        key = "http.max-upload",
                        value = "64GB",
                        unit = "bytes",
                        help = "Largest request body of an upload.",
                        min = 1048576)
                ByteSize maxUpload) {
    public HttpConfig {
        if (certificate.isEmpty() != certificateKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "http.certificate: set together with http.certificate-key, or neither");
        }
    }
}
