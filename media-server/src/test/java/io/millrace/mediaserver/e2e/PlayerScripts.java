package io.millrace.mediaserver.e2e;

import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/// Where the players' scripts are: those of the product's pages in `platform-api`'s build, those of
/// the tests alone below this module's, brought by npm by their lock file.
final class PlayerScripts {
    private PlayerScripts() {}

    private static Path module() {
        Path here = Path.of("").toAbsolutePath();
        return here.endsWith("media-server") ? here : here.resolve("media-server");
    }

    /// @param file below `node_modules`
    static Path product(String file) {
        String modules = System.getProperty("millrace.web.modules");
        Path script =
                modules != null
                        ? Path.of(modules, file)
                        : module().resolve("../platform-api/target/web/node_modules").resolve(file);
        Assumptions.assumeTrue(Files.exists(script), "skipped: platform-api is not built");
        return script;
    }

    static Path dashJs() throws IOException, InterruptedException {
        Path source = module().resolve("src/test/players");
        Path folder = module().resolve("target/players");
        Path script = folder.resolve("node_modules/dashjs/dist/modern/umd/dash.all.min.js");
        Files.createDirectories(folder);
        // Tests run in several JVMs.
        try (var turn =
                        FileChannel.open(
                                folder.resolve("turn"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var _ = turn.lock()) {
            install(source, folder);
        }
        return script;
    }

    private static void install(Path source, Path folder) throws IOException, InterruptedException {
        Path done = folder.resolve("package-lock.done");
        Path lock = source.resolve("package-lock.json");
        if (!Files.exists(done) || Files.mismatch(done, lock) != -1) {
            for (String name : new String[] {"package.json", "package-lock.json"}) {
                Files.write(folder.resolve(name), Files.readAllBytes(source.resolve(name)));
            }
            Process npm =
                    new ProcessBuilder(
                                    "npm",
                                    "ci",
                                    "--ignore-scripts",
                                    "--no-audit",
                                    "--no-fund",
                                    "--loglevel=error")
                            .directory(folder.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(folder.resolve("npm.log").toFile())
                            .start();
            boolean ended = npm.waitFor(180, TimeUnit.SECONDS);
            npm.destroyForcibly();
            Assumptions.assumeTrue(
                    ended && npm.exitValue() == 0,
                    "skipped: npm could not bring dash.js (see target/players/npm.log)");
            Files.write(done, Files.readAllBytes(lock));
        }
    }
}
