package io.millrace.storage.sql;

import java.nio.file.Path;

/// One unpacked copy of the server's programs for all tests: it is 340 MB.
final class TestServer {
    static final Path PROGRAMS = Path.of("target", "mariadb").toAbsolutePath();

    private TestServer() {}
}
