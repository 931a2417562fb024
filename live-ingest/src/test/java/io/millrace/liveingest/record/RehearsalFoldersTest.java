package io.millrace.liveingest.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;

class RehearsalFoldersTest {
    private static final long RUNNING = 42;
    private static final long OURS = 44;

    @TempDir Path root;

    private final Instant now = Instant.now();

    private Path old(String name) throws IOException {
        Path folder = Files.createDirectories(root.resolve(name));
        Files.writeString(folder.resolve("recording.mp4"), "media");
        Files.createDirectories(folder.resolve("deep").resolve("deeper"));
        return aged(folder, Duration.ofMinutes(11));
    }

    private Path aged(Path folder, Duration age) throws IOException {
        return Files.setLastModifiedTime(folder, FileTime.from(now.minus(age)));
    }

    @Test
    void onlyWhatADeadProcessLeftLongAgoIsRemoved() throws IOException {
        var folders = new RehearsalFolders(root, OURS, pid -> pid == RUNNING, () -> now);
        Path dead = old("millrace-rehearsal-43-1234");
        Path earlier = old("millrace-rehearsal-987654321");
        Path reused = old("millrace-rehearsal-44-1");
        Path running = old("millrace-rehearsal-42-1234");
        Path young = aged(old("millrace-rehearsal-43-5678"), Duration.ofMinutes(9));
        Path others = old("millrace-rehearsal-mine");
        Path another = old("millrace-9");
        Path file = Files.writeString(root.resolve("millrace-rehearsal-43-9"), "a file");
        aged(file, Duration.ofDays(1));
        Path target = old("precious");
        Path link = root.resolve("millrace-rehearsal-43-10");
        Files.createSymbolicLink(link, target);
        Files.createSymbolicLink(dead.resolve("link"), target);
        aged(dead, Duration.ofMinutes(11));

        Path own = folders.make();
        assertThat(own.getFileName().toString()).startsWith("millrace-rehearsal-44-");
        folders.sweep(own);

        assertThat(dead).doesNotExist();
        assertThat(earlier).doesNotExist();
        assertThat(reused).doesNotExist();
        assertThat(running).exists();
        assertThat(young).exists();
        assertThat(others).exists();
        assertThat(another).exists();
        assertThat(file).exists();
        assertThat(link).isSymbolicLink();
        assertThat(target.resolve("recording.mp4")).hasContent("media");
        assertThat(own).exists();
        RehearsalFolders.remove(own);
        assertThat(own).doesNotExist();
    }

    @Test
    void aProcessThatRunsIsSeen() throws IOException {
        RehearsalFolders here = RehearsalFolders.ofThisProcess();
        assertThat(here.isAlive().test(here.processId())).isTrue();
        assertThat(here.isAlive().test(Long.MAX_VALUE)).isFalse();
        Path own = here.make();
        assertThat(own).hasParent(here.root());
        RehearsalFolders.remove(own);
    }
}
