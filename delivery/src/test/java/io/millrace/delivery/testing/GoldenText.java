package io.millrace.delivery.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Texts kept beside the tests, read as a diff when they change; `-Dgolden.update=true` rewrites
/// them.
public final class GoldenText {
    private GoldenText() {}

    /// @param name below `src/test/resources/golden` of the module
    public static void check(String name, String text) throws IOException {
        Path module = Path.of("").toAbsolutePath();
        if (!module.endsWith("delivery")) {
            module = module.resolve("delivery");
        }
        Path file = module.resolve("src/test/resources/golden").resolve(name);
        if (Boolean.getBoolean("golden.update")) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, text);
            return;
        }
        assertThat(text).as(name).isEqualTo(Files.readString(file));
    }
}
