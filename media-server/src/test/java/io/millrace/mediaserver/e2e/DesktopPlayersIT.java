package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Players of the desktop, where they are installed, on what the packager makes of a folder.
class DesktopPlayersIT {
    private static final int SECONDS = 12;

    @TempDir static Path folder;
    private static MillraceProcess millrace;

    @BeforeAll
    static void serve() throws Exception {
        MillraceProcess.launcher();
        Path media = Files.createDirectories(folder.resolve("media"));
        Ffmpeg.clip(media.resolve("a.mp4"), SECONDS, 640, 360);
        millrace =
                MillraceProcess.startBare(
                        folder,
                        MillraceProcess.freePortBase(),
                        "serve",
                        "--roles",
                        "delivery",
                        "--local-root",
                        media.toString());
        millrace.awaitReady();
    }

    @AfterAll
    static void stop() throws Exception {
        if (millrace != null) {
            millrace.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hls/a.mp4/master.m3u8",
                "hlsf/a.mp4/ranges.m3u8",
                "dash/a.mp4/manifest.mpd",
                "dash/a.mp4/manifest-number.mpd",
                "dash/a.mp4/ondemand.mpd",
            })
    void playsInGstreamer(String path) throws Exception {
        Path program = Path.of("/usr/bin/gst-launch-1.0");
        Assumptions.assumeTrue(Files.isExecutable(program), "skipped: no GStreamer");
        Process inspect =
                new ProcessBuilder("gst-inspect-1.0", "--exists", "dashdemux")
                        .redirectErrorStream(true)
                        .start();
        Assumptions.assumeTrue(
                inspect.waitFor() == 0,
                "skipped: no dashdemux (Debian packages gstreamer1.0-plugins-bad and -libav)");
        play(
                folder.resolve("gst.out"),
                program.toString(),
                "-q",
                "playbin3",
                "uri=" + millrace.base() + "/" + path,
                "video-sink=fakesink sync=false",
                "audio-sink=fakesink sync=false");
    }

    /// VLC drops some pictures while it starts, of the file itself too; all others it shows.
    ///
    /// Without `ondemand.mpd`: VLC 3.0 asks for the last subsegment of an index without its range
    /// and so plays the whole file in its place.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "hls/a.mp4/master.m3u8",
                "hlsf/a.mp4/master.m3u8",
                "hlsf/a.mp4/ranges.m3u8",
                "dash/a.mp4/manifest.mpd",
                "dash/a.mp4/manifest-number.mpd",
            })
    void playsInVlc(String path) throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(Path.of("/usr/bin/cvlc")),
                "skipped: no VLC (Debian packages vlc-bin and vlc-plugin-base)");
        long ofTheFile = picturesOfVlc("file/a.mp4");
        assertThat(ofTheFile).isBetween(SECONDS * 25 - 10L, SECONDS * 25L);
        assertThat(picturesOfVlc(path)).isEqualTo(ofTheFile);
    }

    /// What VLC writes into a transport stream of its own.
    private static long picturesOfVlc(String path) throws Exception {
        var command = new ArrayList<String>();
        if ("root".equals(System.getProperty("user.name"))) { // which VLC refuses to be
            command.addAll(
                    List.of(
                            "setpriv",
                            "--reuid=nobody",
                            "--regid=nogroup",
                            "--clear-groups",
                            "env",
                            "HOME=/nonexistent"));
        }
        command.addAll(
                List.of(
                        "cvlc",
                        "-q",
                        millrace.base() + "/" + path,
                        "--sout",
                        "#std{access=file,mux=ts,dst=-}",
                        "vlc://quit"));
        Path played = folder.resolve("vlc.ts");
        play(played, command.toArray(String[]::new));
        return Ffmpeg.pictures(played);
    }

    /// Runs a player to its end.
    private static void play(Path output, String... command)
            throws IOException, InterruptedException {
        Path log = folder.resolve("player.log");
        Process player =
                new ProcessBuilder(command)
                        .redirectOutput(output.toFile())
                        .redirectError(log.toFile())
                        .start();
        try {
            assertThat(player.waitFor(60, TimeUnit.SECONDS)).as(command[0] + " ends").isTrue();
            assertThat(player.exitValue()).as(Files.readString(log)).isZero();
        } finally {
            player.destroyForcibly();
        }
    }
}
