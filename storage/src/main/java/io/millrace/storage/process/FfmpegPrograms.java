package io.millrace.storage.process;

import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The ffmpeg and ffprobe programs of the artifacts on the class path, unpacked once into a cache
/// folder. Immutable.
///
/// @param folder of the programs and of the libraries that come with them
/// @param encoders the names of the H.264 encoders that it has, the best first
public record FfmpegPrograms(
        Path ffmpeg, Path ffprobe, Path folder, String version, List<String> encoders) {
    private static final Logger log = LoggerFactory.getLogger(FfmpegPrograms.class);

    private static final String CACHE_PROPERTY = "org.bytedeco.javacpp.cachedir";

    /// The system libraries that the artifacts need and do not carry.
    private static final String DEBIAN_PACKAGES =
            "libxcb1 libxcb-shm0 libasound2 libpulse0 libdrm2 libva2 libva-drm2";

    /// Unpacks the programs and asks them what they can do. Roles of one process may all ask.
    ///
    /// @param cacheFolder where to unpack to (90 MB); used unless the JVM was told another one.
    ///   Null: the user's own cache folder
    /// @throws IOException with a text for the operator
    public static synchronized FfmpegPrograms load(@Nullable Path cacheFolder)
            throws IOException, InterruptedException {
        if (cacheFolder != null && System.getProperty(CACHE_PROPERTY) == null) {
            Files.createDirectories(cacheFolder);
            System.setProperty(CACHE_PROPERTY, cacheFolder.toAbsolutePath().toString());
        }
        Path ffmpeg;
        Path ffprobe;
        try {
            ffmpeg = Path.of(Loader.load(org.bytedeco.ffmpeg.ffmpeg.class));
            ffprobe = Path.of(Loader.load(org.bytedeco.ffmpeg.ffprobe.class));
        } catch (LinkageError | RuntimeException e) {
            throw new IOException(
                    "ffmpeg can't be loaded ("
                            + e.getMessage()
                            + "). If a shared library is missing, on Debian: apt-get install "
                            + DEBIAN_PACKAGES,
                    e);
        }
        Path folder = ffmpeg.getParent();
        if (folder == null) {
            throw new IOException("ffmpeg: " + ffmpeg + " (expected: in a folder)");
        }
        String banner = output(folder, ffmpeg, "-hide_banner", "-version");
        String version = banner.lines().findFirst().orElse("").replace("ffmpeg version ", "");
        int end = version.indexOf(' ');
        String known = output(folder, ffmpeg, "-hide_banner", "-encoders");
        List<String> encoders =
                List.of("libx264", "libopenh264").stream()
                        .filter(e -> known.contains(' ' + e + ' '))
                        .toList();
        FfmpegPrograms programs =
                new FfmpegPrograms(
                        ffmpeg,
                        ffprobe,
                        folder,
                        end < 0 ? version : version.substring(0, end),
                        encoders);
        log.info(
                "ffmpeg {} in {}, H.264 by {}",
                programs.version,
                folder,
                encoders.isEmpty() ? "nothing" : encoders.getFirst());
        return programs;
    }

    /// Lets a child started without the sandbox find the libraries that came with the programs.
    public ProcessBuilder environment(ProcessBuilder builder) {
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        return builder;
    }

    private static String output(Path folder, Path program, String... arguments)
            throws IOException, InterruptedException {
        var command = new java.util.ArrayList<String>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LD_LIBRARY_PATH", folder.toString());
        Process process = builder.start();
        process.getOutputStream().close();
        String text =
                new String(process.getInputStream().readNBytes(1 << 20), StandardCharsets.UTF_8);
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(program + " did not answer in 20 s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(
                    program
                            + " does not run: "
                            + text.strip()
                            + (text.contains("shared libraries")
                                    ? ". On Debian: apt-get install " + DEBIAN_PACKAGES
                                    : ""));
        }
        return text;
    }
}
