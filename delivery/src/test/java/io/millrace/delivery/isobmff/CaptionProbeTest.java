package io.millrace.delivery.isobmff;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.delivery.codec.cea.CaptionChannels;
import io.millrace.delivery.http.EventLoops;
import io.millrace.delivery.http.HttpRouter;
import io.millrace.delivery.http.HttpServer;
import io.millrace.delivery.http.HttpServerOptions;
import io.millrace.delivery.mapping.MappingStore;
import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.delivery.vod.DeliveryOptions;
import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.storage.blob.BlobReader;
import io.millrace.storage.blob.LocalFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// Captions in the pictures of files that a real encoder made and whose caption messages were put
/// in afterwards, byte by byte.
class CaptionProbeTest {
    private static final String PADDING = "FC 80 80 F9 80 80";

    @TempDir Path folder;

    /// One `user_data_registered_itu_t_t35` with `cc_data`, as an SEI NAL unit.
    private static byte[] sei(boolean isHevc, String triples) {
        String[] data = triples.split(" ");
        var out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {0, 0, 0, 1});
        // nal_unit_type 6; HEVC: 39, layer 0, temporal id 0
        out.writeBytes(isHevc ? new byte[] {39 << 1, 1} : new byte[] {6});
        out.write(4); // payloadType
        out.write(11 + data.length); // payloadSize
        out.writeBytes(new byte[] {(byte) 0xB5, 0, 0x31, 'G', 'A', '9', '4', 3});
        out.write(0xC0 | data.length / 3); // process_cc_data_flag, cc_count
        out.write(0xFF); // em_data
        for (String b : data) {
            out.write(Integer.parseInt(b, 16));
        }
        out.write(0xFF); // marker_bits
        out.write(0x80); // rbsp_trailing_bits
        return out.toByteArray();
    }

    /// Puts a message before each picture's slice: the n-th of `pictures`, then the last again.
    private Path file(boolean isHevc, List<String> pictures) throws Exception {
        Path raw = folder.resolve(isHevc ? "raw.265" : "raw.264");
        var encode =
                new ArrayList<>(
                        List.of(
                                "-v",
                                "error",
                                "-y",
                                "-f",
                                "lavfi",
                                "-i",
                                "testsrc2=size=64x64:rate=25:duration=2",
                                "-pix_fmt",
                                "yuv420p"));
        encode.addAll(
                isHevc
                        ? List.of("-c:v", "libx265", "-x265-params", "bframes=0:log-level=none")
                        : List.of("-c:v", "libx264", "-x264-params", "bframes=0:slices=1"));
        encode.addAll(List.of("-preset", "ultrafast", raw.toString()));
        ffmpeg(encode);
        byte[] stream = Files.readAllBytes(raw);
        var out = new ByteArrayOutputStream();
        int written = 0;
        int picture = 0;
        for (int i = 0; i + 4 < stream.length; i++) {
            if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) {
                int type = isHevc ? stream[i + 3] >> 1 & 0x3F : stream[i + 3] & 0x1F;
                if (isHevc ? type < 32 : type >= 1 && type <= 5) {
                    int start = i > 0 && stream[i - 1] == 0 ? i - 1 : i;
                    out.write(stream, written, start - written);
                    written = start;
                    int n = Math.min(picture++, pictures.size() - 1);
                    if (!pictures.get(n).isEmpty()) {
                        out.writeBytes(sei(isHevc, pictures.get(n)));
                    }
                }
            }
        }
        out.write(stream, written, stream.length - written);
        Files.write(raw, out.toByteArray());
        Path file = folder.resolve("a.mp4");
        ffmpeg(
                List.of(
                        "-v",
                        "error",
                        "-y",
                        "-r",
                        "25",
                        "-i",
                        raw.toString(),
                        "-c",
                        "copy",
                        file.toString()));
        return file;
    }

    private static void ffmpeg(List<String> arguments) throws Exception {
        Ffmpeg.Output output = Ffmpeg.run(arguments);
        assertThat(output.exitCode()).as(output.text()).isZero();
    }

    private CaptionChannels captions(Path file) throws Exception {
        try (BlobReader reader = new LocalFolder(folder).open(file.getFileName().toString())) {
            return MediaIndexReader.read(reader).captions();
        }
    }

    /// Control codes with parity: 94 20 resumes loading of CC1, 1C 20 of CC2, 15 20 of CC3, 9D 20
    /// of CC4; 01 03 opens XDS. DTVCC: packets of 4 bytes, one block of two bytes.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    FC 94 20, FC C8 49                      | CC1
                    FC 80 80 F9 80 80                       | CC1
                    FC 80 80, FC 1C 20, FC C8 49            | CC1 CC2
                    FC 94 20 FD 15 20, FC C8 49 FD C8 49    | CC1 CC3
                    FD 9D 20, FD C8 49                      | CC4
                    FC 80 80 FD 01 83, FC 80 80 FD C8 49    | CC1
                    FC 80 80 FF 02 22 FE 41 42              | CC1 SERVICE1
                    FF 02 42 FE 41 42, FF 42 22 FE 43 44    | SERVICE1 SERVICE2
                    FF 02 42, FE 41 42                      | SERVICE2
                    FF 03 E2, FE 09 41, FE 42 00            | SERVICE9
                    FA 00 00 FB 00 00                       |
                    F8 94 20 F9 15 20                       |
                    """)
    void channelsAreFound(String pictures, String expected) throws Exception {
        List<String> messages = new ArrayList<>(List.of(pictures.split(", ")));
        messages.add("F8 80 80");
        assertThat(String.join(" ", captions(file(false, messages)).names()))
                .isEqualTo(expected == null ? "" : expected);
    }

    @Test
    void hevcHasThemToo() throws Exception {
        Path file = file(true, List.of("FC 94 20 FF 02 22 FE 41 42", PADDING));
        assertThat(captions(file).names()).containsExactly("CC1", "SERVICE1");
        // ffmpeg sees the same captions in the file.
        assertThat(
                        Ffmpeg.run(
                                        List.of(
                                                "-i",
                                                file.toString(),
                                                "-vf",
                                                "showinfo",
                                                "-f",
                                                "null",
                                                "-"))
                                .text())
                .contains("Closed Captions");
    }

    /// What is found is announced, unless the mapping announces something.
    @Test
    void playlistsAndManifestsAnnounceThem() throws Exception {
        file(false, List.of("FC 94 20 FF 02 42 FE 41 42", PADDING));
        Path mappings = Files.createDirectory(folder.resolve("mappings"));
        String media = folder.toString() + '/';
        Files.writeString(
                mappings.resolve("m"),
                """
                {"closedCaptions": [{"id": "CC3", "language": "spa", "label": "Spanish"}],
                 "sequences": [{"clips": [{"type": "source", "path": "%sa.mp4"}]}]}
                """
                        .formatted(media));
        var router = new HttpRouter();
        try (EventLoops loops = EventLoops.start(1);
                DeliveryRoutes routes =
                        new DeliveryRoutes(
                                DeliveryOptions.DEFAULT,
                                null,
                                InstantSource.system(),
                                new SimpleMeterRegistry());
                HttpClient client = HttpClient.newHttpClient()) {
            routes.serveFolder("/", new LocalFolder(folder), true);
            routes.serveMapped(
                    "/mapped/",
                    new MappingStore.Files(
                            routes.filesOf(
                                    "mappings", new LocalFolder(mappings), Duration.ofSeconds(5)),
                            10_000),
                    routes.filesOf("media", new LocalFolder(folder), Duration.ofSeconds(5)),
                    media,
                    Duration.ofSeconds(1),
                    true);
            routes.addTo(router);
            try (HttpServer server =
                    new HttpServer(HttpServerOptions.of("test", "127.0.0.1", 0), router, loops)
                            .start()) {
                String base = "http://127.0.0.1:" + server.localPort();
                assertThat(get(client, base + "/hls/a.mp4/master.m3u8"))
                        .contains(
                                "#EXT-X-VERSION:7",
                                "INSTREAM-ID=\"CC1\"",
                                "INSTREAM-ID=\"SERVICE2\"",
                                "CLOSED-CAPTIONS=\"cc\"");
                assertThat(get(client, base + "/dash/a.mp4/manifest.mpd"))
                        .contains(
                                "schemeIdUri=\"urn:scte:dash:cc:cea-608:2015\" value=\"CC1\"",
                                "schemeIdUri=\"urn:scte:dash:cc:cea-708:2015\" value=\"2\"");
                // A part of the file has them too.
                assertThat(get(client, base + "/hls/clipTo/1000/a.mp4/master.m3u8"))
                        .contains("INSTREAM-ID=\"CC1\"");
                assertThat(get(client, base + "/mapped/hls/m/master.m3u8"))
                        .contains("INSTREAM-ID=\"CC3\"", "NAME=\"Spanish\"")
                        .doesNotContain("CC1", "SERVICE2");
            }
        }
    }

    private static String get(HttpClient client, String url) throws Exception {
        HttpResponse<String> reply =
                client.send(
                        HttpRequest.newBuilder(URI.create(url)).build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
        return reply.body();
    }

    @Test
    void picturesWithoutAreLeftSoon() throws Exception {
        List<String> late = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            late.add("");
        }
        late.add("FC 94 20");
        assertThat(captions(file(false, late))).isEqualTo(CaptionChannels.NONE);
    }

    /// The second channel comes up after a second of padding.
    @Test
    void picturesWithAreFollowed() throws Exception {
        List<String> late = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            late.add(PADDING);
        }
        late.add("FD 15 20");
        late.add(PADDING);
        assertThat(captions(file(false, late)).names()).containsExactly("CC1", "CC3");
    }
}
