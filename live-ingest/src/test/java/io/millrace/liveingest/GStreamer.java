package io.millrace.liveingest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Debian's GStreamer as a real publisher, where it is installed. Its output goes to a file, so
/// that it never blocks.
public final class GStreamer implements AutoCloseable {
    private final Process process;
    private final Path output;

    private GStreamer(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    public static boolean has(String... elements) throws InterruptedException {
        try {
            for (String element : elements) {
                Process inspect =
                        new ProcessBuilder("gst-inspect-1.0", "--exists", element)
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start();
                if (!inspect.waitFor(60, TimeUnit.SECONDS) || inspect.exitValue() != 0) {
                    return false;
                }
            }
            return true;
        } catch (IOException _) {
            return false; // not installed at all
        }
    }

    /// 25 pictures a second, a key frame in each, and a tone.
    public static List<String> testSignal(int seconds, String sink, String url) {
        String pipeline =
                "videotestsrc is-live=true num-buffers="
                        + 25 * seconds
                        + " ! video/x-raw,width=320,height=180,framerate=25/1"
                        + " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25"
                        + " ! flvmux name=mux streamable=true ! "
                        + sink
                        + " location="
                        + url
                        + " audiotestsrc is-live=true samplesperbuffer=1024 num-buffers="
                        + 44_100 * seconds / 1024
                        + " ! audio/x-raw,rate=44100,channels=2 ! voaacenc ! mux.";
        return List.of(pipeline.split(" "));
    }

    public static GStreamer launch(Path folder, List<String> pipeline) throws IOException {
        Path output = Files.createTempFile(folder, "gstreamer", ".log");
        List<String> command = new ArrayList<>(List.of("gst-launch-1.0", "-q"));
        command.addAll(pipeline);
        var builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        // It keeps an index of its plug-ins, which must not be shared between runs at once.
        builder.environment()
                .put("GST_REGISTRY", folder.resolve("gstreamer-registry.bin").toString());
        return new GStreamer(builder.start(), output);
    }

    public int await(long seconds) throws InterruptedException {
        if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return -1;
        }
        return process.exitValue();
    }

    public String output() throws IOException {
        return Files.readString(output, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
