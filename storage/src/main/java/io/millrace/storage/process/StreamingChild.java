package io.millrace.storage.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// A command that turns an endless stream on its standard input into one on its standard output,
/// inside {@link Sandbox}: a live encoder.
///
/// Its owner writes to {@link #input} on one thread, reads {@link #output} on another, both
/// platform threads because pipes hold on to them, and calls {@link #end}, which any thread may.
/// Neither time nor the amount of output is watched; memory and the rest of the limits are the
/// kernel's.
public final class StreamingChild {
    private static final Logger log = LoggerFactory.getLogger(StreamingChild.class);
    private static final int KEPT_ERROR_BYTES = 4096;

    private final Process process;
    private final ProcessFamily family;
    private final Thread errors;
    private final byte[] said = new byte[KEPT_ERROR_BYTES];
    private long saidBytes;

    private StreamingChild(String name, Process process, ProcessFamily family) {
        this.process = process;
        this.family = family;
        errors =
                Thread.ofPlatform()
                        .daemon()
                        .name("child-err-" + process.pid())
                        .start(() -> readErrors(name));
    }

    /// @param name of what it is for, for the log
    /// @param command an argument array
    /// @param limits of which the memory and the CPU time count
    public static StreamingChild start(
            String name,
            List<String> command,
            Sandbox sandbox,
            Sandbox.View view,
            ChildLimits limits)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(sandbox.command(command, view, limits))
                        .directory(view.workingFolder().toFile());
        builder.environment().clear();
        builder.environment().putAll(sandbox.environment(view));
        var family = new ProcessFamily();
        family.mark(builder.environment());
        return new StreamingChild(name, ChildStarter.start(builder, family), family);
    }

    public long pid() {
        return process.pid();
    }

    public OutputStream input() {
        return process.getOutputStream();
    }

    public InputStream output() {
        return process.getInputStream();
    }

    /// Kills it, without waiting; {@link #end} is still to be called.
    public void kill() {
        process.destroyForcibly();
    }

    /// Kills it and all that it started; returns when none is left. Also to be called when it has
    /// ended by itself.
    ///
    /// @return what it last said on its standard error, one line
    public String end() {
        family.kill(process);
        try {
            errors.join(1000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        synchronized (said) {
            int size = (int) Math.min(saidBytes, said.length);
            byte[] last = new byte[size];
            for (int i = 0; i < size; i++) {
                last[i] = said[(int) ((saidBytes - size + i) % said.length)];
            }
            String[] lines = new String(last, StandardCharsets.UTF_8).strip().split("[\r\n]+");
            String line = lines[lines.length - 1].replaceAll(" @ 0x[0-9a-f]+", "");
            return line.length() > 200 ? line.substring(0, 200) : line;
        }
    }

    private void readErrors(String name) {
        byte[] piece = new byte[1024];
        try (InputStream in = process.getErrorStream()) {
            int read;
            while ((read = in.read(piece)) >= 0) {
                synchronized (said) {
                    for (int i = 0; i < read; i++) {
                        said[(int) (saidBytes++ % said.length)] = piece[i];
                    }
                }
            }
        } catch (IOException e) {
            log.trace("{}: errors of process {}: {}", name, process.pid(), e.toString());
        }
    }
}
