package io.millrace.mediaserver.cli;

import io.millrace.mediaserver.config.ConfigProblem;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.Role;
import io.millrace.storage.blob.LocalFolder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What must be true of a configuration that serves a folder, seen before anything is started or
/// written.
final class LocalMode {
    private LocalMode() {}

    static List<ConfigProblem> problems(MillraceConfig config) {
        var problems = new ArrayList<ConfigProblem>();
        String root = config.local().root();
        if (root.isEmpty()) {
            return problems;
        }
        try {
            Path folder = new LocalFolder(Path.of(root)).root();
            Path data = real(Path.of(config.node().data()));
            if (data.startsWith(folder)) {
                problems.add(
                        new ConfigProblem(
                                "node.data",
                                data
                                        + " lies below local.root, where nothing may be written; name another folder with --data"));
            }
        } catch (IOException e) {
            problems.add(new ConfigProblem("local.root", String.valueOf(e.getMessage())));
        }
        if (config.local().prefix().equals("/") && config.node().roles().contains(Role.API)) {
            problems.add(
                    new ConfigProblem(
                            "local.prefix",
                            "a node with the role api serves other things at /; choose a path such as /local/, or run with --roles delivery"));
        }
        return problems;
    }

    /// With the symbolic links of what exists of it resolved.
    private static Path real(Path path) throws IOException {
        Path absolute = path.toAbsolutePath().normalize();
        for (Path existing = absolute; existing != null; existing = existing.getParent()) {
            if (java.nio.file.Files.exists(existing)) {
                return existing.toRealPath().resolve(existing.relativize(absolute));
            }
        }
        return absolute;
    }
}
