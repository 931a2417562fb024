package io.millrace.liveingest.record;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where rehearsals write: `millrace-rehearsal-{process}-{random}` in the temporary folder, removed
/// at their end. A process that is killed in its start leaves one; the next start finds it.
///
/// @param root the temporary folder
/// @param isAlive whether a process with this id runs; ids are used again, so a folder may stay
///   once more
record RehearsalFolders(Path root, long processId, LongPredicate isAlive, InstantSource clock) {
    private static final Logger log = LoggerFactory.getLogger(RehearsalFolders.class);
    private static final String PREFIX = "millrace-rehearsal-";

    /// Also without the process, as earlier versions named them.
    private static final Pattern NAME = Pattern.compile("millrace-rehearsal-(?:(\\d{1,18})-)?\\d+");

    /// A rehearsal takes a second or two. Processes of containers that share a temporary folder do
    /// not see each other: their age alone protects them.
    private static final Duration STALE = Duration.ofMinutes(10);

    private static final int MAX_SWEPT = 100;

    static RehearsalFolders ofThisProcess() {
        return new RehearsalFolders(
                Path.of(System.getProperty("java.io.tmpdir")),
                ProcessHandle.current().pid(),
                pid -> ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false),
                InstantSource.system());
    }

    Path make() throws IOException {
        return Files.createTempDirectory(root, PREFIX + processId + "-");
    }

    /// Removes what dead processes of this user left. What cannot be removed is no reason not to
    /// start.
    ///
    /// @param own a folder that this process made
    void sweep(Path own) {
        int swept = 0;
        try (DirectoryStream<Path> found = Files.newDirectoryStream(root, PREFIX + "*")) {
            UserPrincipal user = Files.getOwner(own);
            for (Path folder : found) {
                if (swept == MAX_SWEPT) {
                    return; // the next start goes on
                }
                if (isStale(folder, user)) {
                    remove(folder);
                    swept++;
                    log.info("live: removed {}, which a killed start left", folder);
                }
            }
        } catch (IOException | RuntimeException e) {
            log.debug("live: folders of killed starts stay: {}", e.toString());
        }
    }

    private boolean isStale(Path folder, UserPrincipal user) {
        Matcher name = NAME.matcher(folder.getFileName().toString());
        if (!name.matches()) {
            return false;
        }
        try {
            return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                    && Files.getOwner(folder, LinkOption.NOFOLLOW_LINKS).equals(user)
                    && Files.getLastModifiedTime(folder, LinkOption.NOFOLLOW_LINKS)
                            .toInstant()
                            .isBefore(clock.instant().minus(STALE))
                    && !isRunning(name.group(1));
        } catch (IOException | UnsupportedOperationException e) {
            log.debug("live: {} stays: {}", folder, e.toString());
            return false;
        }
    }

    private boolean isRunning(@Nullable String pid) {
        return pid != null && Long.parseLong(pid) != processId && isAlive.test(Long.parseLong(pid));
    }

    /// With all that is in it; links are removed, not followed.
    static void remove(Path folder) throws IOException {
        List<Path> made;
        try (var files = Files.walk(folder)) {
            made = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : made) {
            Files.deleteIfExists(file);
        }
    }
}
