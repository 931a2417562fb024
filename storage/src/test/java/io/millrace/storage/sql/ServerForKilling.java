package io.millrace.storage.sql;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;

/// The program that {@link EmbeddedMariaDbTest} kills: it commits rows for ever and tells each.
final class ServerForKilling {
    private ServerForKilling() {}

    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out));
        EmbeddedMariaDb server = EmbeddedMariaDb.start(Path.of(args[0]), TestServer.PROGRAMS);
        Database database = Database.open(server.settings(2), new SimpleMeterRegistry());
        database.migrate(List.of("classpath:db/test/a"));
        out.println("pid " + server.pid());
        long id =
                database.withHandle(
                        h ->
                                h.createQuery("SELECT COALESCE(MAX(id), 0) FROM note")
                                        .mapTo(Long.class)
                                        .one());
        while (true) {
            id++;
            EmbeddedMariaDbTest.insert(database, id);
            out.println("committed " + id);
        }
    }
}
