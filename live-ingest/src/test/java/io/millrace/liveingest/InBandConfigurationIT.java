package io.millrace.liveingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvBodyWriter;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.millrace.liveingest.record.RecordingFinished;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Publishers whose parameter sets come with the key frames, and in no (whole) record before them:
/// what x264 and x265 encoded, with what ffmpeg wrote before it taken away.
class InBandConfigurationIT {
    private static final Duration LONG = Duration.ofSeconds(40);
    private static final String ENTRY = "0_inband";

    @TempDir Path folder;
    private LiveServer server;

    @BeforeEach
    void start() throws Exception {
        server = new LiveServer(folder.resolve("blobs"));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private enum Record {
        MISSING,
        WITHOUT_SETS
    }

    /// Eight seconds, a key frame each.
    ///
    /// @param fromMs its first time
    private FlvFile clip(String encoder, String size, int fromMs, Record record) throws Exception {
        Path made = folder.resolve("made.flv");
        String arguments =
                "-y -loglevel error -f lavfi -i testsrc2=rate=25:size="
                        + size
                        + " -f lavfi -i sine=sample_rate=48000 -t 8 -pix_fmt yuv420p -bf 0 -g 25"
                        + " -preset ultrafast -bsf:v dump_extra=freq=keyframe -c:a aac -f flv -c:v "
                        + encoder
                        + " "
                        + made;
        try (var ffmpeg = FfmpegProcess.ffmpeg(folder, arguments.split(" "))) {
            assertThat(ffmpeg.await(60)).as(ffmpeg.output()).isZero();
        }
        List<FlvFile.Tag> tags = new ArrayList<>();
        for (FlvFile.Tag tag : FlvFile.read(made).tags()) {
            byte[] body = tag.body();
            if (tag.isVideo()
                    && FlvVideoBody.read(Unpooled.wrappedBuffer(body))
                            instanceof FlvBody.Config config) {
                if (record == Record.MISSING) {
                    continue;
                }
                body = withoutSets(config);
            }
            tags.add(new FlvFile.Tag(tag.type(), fromMs + tag.timeMs(), body));
        }
        return new FlvFile(tags);
    }

    private static byte[] withoutSets(FlvBody.Config config) {
        ByteBuf record;
        switch (config.codec()) {
            case HEVC -> record = config.record().copy(config.record().readerIndex(), 23);
            default -> {
                record = config.record().copy(config.record().readerIndex(), 7);
                record.setByte(5, 0xE0);
            }
        }
        record.setByte(record.readableBytes() - 1, 0);
        ByteBuf body = Unpooled.buffer();
        FlvBodyWriter.write(new FlvBody.Config(config.codec(), record), body);
        return ByteBufUtil.getBytes(body);
    }

    private int frames(Path file) throws Exception {
        try (var probe =
                FfmpegProcess.ffprobe(
                        folder,
                        "-select_streams",
                        "v",
                        "-count_frames",
                        "-show_entries",
                        "stream=nb_read_frames",
                        "-of",
                        "csv=p=0",
                        file.toString())) {
            assertThat(probe.await(60)).as(probe.output()).isZero();
            return Integer.parseInt(probe.output().strip()); // also says that none is damaged
        }
    }

    private Path recorded(int index) throws IOException {
        RecordingFinished recording = server.finished.getFirst();
        return server.blobs.localPath(recording.blobKeys().get(index)).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "libx265, MISSING, hvc1.1.6",
        "libx265, WITHOUT_SETS, hvc1.1.6",
        "libx264, MISSING, avc1.42c0",
        "libx264, WITHOUT_SETS, avc1.42c0",
    })
    void isLiveAndRecorded(String encoder, Record record, String codec) throws Exception {
        try (var publisher = new RawPublisher(server, ENTRY)) {
            publisher.send(clip(encoder, "320x180", 0, record));
            await().atMost(LONG).until(() -> server.events.contains("playable " + ENTRY));
            assertThat(server.get(ENTRY, "master.m3u8").body())
                    .contains(codec, "RESOLUTION=320x180", "mp4a.40.2");
            publisher.unpublish();
            await().atMost(LONG).until(() -> !server.finished.isEmpty());
        }
        assertThat(frames(recorded(0))).isEqualTo(200);
    }

    @Test
    void aChangeInMidStreamBeginsTheNextFile() throws Exception {
        try (var publisher = new RawPublisher(server, ENTRY)) {
            publisher.send(clip("libx265", "320x180", 0, Record.MISSING));
            publisher.send(clip("libx265", "640x360", 8000, Record.WITHOUT_SETS));
            await().atMost(LONG)
                    .until(
                            () ->
                                    server.get(ENTRY, "master.m3u8")
                                            .body()
                                            .contains("RESOLUTION=640x360"));
            assertThat(server.get(ENTRY, "v1.m3u8").body()).contains("#EXT-X-DISCONTINUITY\n");
            publisher.unpublish();
            await().atMost(LONG).until(() -> !server.finished.isEmpty());
        }
        assertThat(server.finished.getFirst().blobKeys()).hasSize(2);
        assertThat(frames(recorded(0))).isEqualTo(200);
        assertThat(frames(recorded(1))).isEqualTo(200);
    }
}
