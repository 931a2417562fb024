package io.millrace.mediaserver.demo;

import io.millrace.storage.process.ChildStarter;
import io.millrace.storage.process.FfmpegPrograms;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A live test picture, published by the bundled ffmpeg as a child process until it is closed. It
/// dies with the program.
public final class TestStream implements AutoCloseable {
    private final Process process;

    private TestStream(Process process) {
        this.process = process;
    }

    public static TestStream start(FfmpegPrograms programs, String rtmpUrl) throws IOException {
        var command = new ArrayList<String>(ChildStarter.dieWithParent("KILL"));
        command.addAll(List.of(programs.ffmpeg().toString(), "-v", "error", "-nostdin", "-re"));
        command.addAll(TestMedia.source("640x360", 25, 0));
        command.addAll(TestMedia.encoder(programs, 600));
        command.addAll(List.of("-f", "flv", rtmpUrl));
        return new TestStream(
                ChildStarter.start(
                        programs.environment(new ProcessBuilder(command))
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)));
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException _) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
