package io.millrace.liveingest.play;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.FfmpegProcess;
import io.millrace.liveingest.LiveServer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A clip that a real ffmpeg publishes as it is, and the programs that watch it and keep what they
/// get: which is what was sent, to the frame.
final class PlayedClip implements AutoCloseable {
    private final Path folder;
    private final Path sent;
    private final Map<String, FfmpegProcess> players = new LinkedHashMap<>();

    PlayedClip(Path folder, int seconds) throws Exception {
        this.folder = folder;
        sent = folder.resolve("sent.flv");
        try (var clip =
                FfmpegProcess.ffmpeg(folder, FfmpegProcess.testFile(seconds, sent.toString()))) {
            assertThat(clip.await(60)).isZero();
        }
    }

    FfmpegProcess publish(LiveServer server, String entry) throws IOException {
        return FfmpegProcess.ffmpeg(
                folder,
                "-re",
                "-i",
                sent.toString(),
                "-c",
                "copy",
                "-f",
                "flv",
                server.publishUrl(entry, "secret"));
    }

    /// Has ffmpeg play a URL to the stream's end.
    FfmpegProcess play(String url, String file) throws IOException {
        List<String> arguments = new ArrayList<>(List.of("-y", "-loglevel", "error"));
        if (url.startsWith("rtmp")) {
            arguments.addAll(List.of("-rtmp_live", "live"));
        }
        arguments.addAll(List.of("-i", url, "-map", "0", "-c", "copy", "-f", "flv"));
        arguments.add(folder.resolve(file).toString());
        FfmpegProcess player = FfmpegProcess.ffmpeg(folder, arguments.toArray(String[]::new));
        players.put(file, player);
        return player;
    }

    /// A player is told that there is no such stream.
    void assertNotLive(String rtmpUrl) throws Exception {
        try (var player = FfmpegProcess.ffmpeg(folder, "-i", rtmpUrl, "-f", "null", "-")) {
            assertThat(player.await(60)).isNotZero();
            assertThat(player.output()).contains("There is no such live stream");
        }
    }

    /// Has another program play, where it is installed. The file to write is added to its
    /// arguments.
    void program(String file, String... command) {
        String[] all = Arrays.copyOf(command, command.length + 1);
        String to = folder.resolve(file).toString();
        all[command.length] = command[0].startsWith("gst") ? "location=" + to : to;
        try {
            players.put(file, FfmpegProcess.program(folder, all));
        } catch (IOException _) {
            // not installed here
        }
    }

    /// All players have come to the stream's end, and got everything from where they came in.
    void assertPlayedToTheEnd() throws Exception {
        for (var player : players.entrySet()) {
            int exit = player.getValue().await(40);
            assertThat(exit).as(player.getKey() + player.getValue().output()).isZero();
            assertThat(Files.size(folder.resolve(player.getKey())))
                    .as(player.getKey())
                    .isPositive();
        }
        for (String map : List.of("0:v", "0:a")) {
            List<String> published = sums(sent, map);
            for (String file : players.keySet()) {
                Frames.assertEndOf(sums(folder.resolve(file), map), published, 25);
            }
        }
    }

    /// The frames that were published.
    List<String> sums(String map) throws Exception {
        return sums(sent, map);
    }

    /// Those that came to a player's file.
    List<String> played(String file, String map) throws Exception {
        return sums(folder.resolve(file), map);
    }

    private List<String> sums(Path file, String map) throws Exception {
        return Frames.sums(folder, file, map);
    }

    @Override
    public void close() {
        players.values().forEach(FfmpegProcess::close);
    }
}
