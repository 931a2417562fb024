package io.millrace.mediaserver.demo;

import io.millrace.platformapi.model.LiveStreamEntry;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// What a demo made, as names and values in the order that they are printed: ids, secrets and URLs.
///
/// The URLs are those that any client gets: playManifest's as the player builds them, the
/// delivery's where playManifest redirects to.
public final class DemoReport {
    /// Name in the JSON → label on the terminal, in the order shown.
    private static final Map<String, String> LABELS = new LinkedHashMap<>();

    static {
        LABELS.put("player", "Player");
        LABELS.put("playManifestHls", "HLS");
        LABELS.put("playManifestDash", "DASH");
        LABELS.put("progressive", "MP4 file");
        LABELS.put("console", "Console");
        LABELS.put("serviceUrl", "API");
        LABELS.put("rtmpPublish", "Publish to");
        LABELS.put("livePlayer", "and watch at");
        LABELS.put("testStreamPlayer", "Test stream");
        LABELS.put("metrics", "Metrics");
    }

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final String base;
    private final int partnerId;

    /// @param base scheme, host and port of the HTTP listener, without a slash at the end
    public DemoReport(String base, int partnerId, String adminSecret) {
        this.base = base;
        this.partnerId = partnerId;
        values.put("partnerId", partnerId);
        values.put("adminSecret", adminSecret);
        values.put("serviceUrl", base);
    }

    public DemoReport entry(String entryId) throws IOException, InterruptedException {
        String folder = base + "/p/" + partnerId + "/sp/" + partnerId + "00/";
        String manifest = folder + "playManifest/entryId/" + entryId + "/protocol/http/format/";
        values.put("entryId", entryId);
        values.put("playManifestHls", manifest + "applehttp/a.m3u8");
        values.put("playManifestDash", manifest + "mpegdash/a.mpd");
        String hls = target(manifest + "applehttp/a.m3u8");
        values.put("hls", hls);
        values.put("hlsFmp4", hls.replace("/vod/hls/", "/vod/hlsf/"));
        values.put("dash", target(manifest + "mpegdash/a.mpd"));
        values.put("progressive", target(manifest + "url/a.mp4"));
        values.put("thumbnail", folder + "thumbnail/entry_id/" + entryId + "/width/640");
        values.put("player", player(entryId));
        values.put("console", base + "/console/");
        return this;
    }

    public DemoReport live(LiveStreamEntry entry, String liveHls) {
        String id = Objects.requireNonNull(entry.id, "live entry id");
        values.put("liveEntryId", id);
        values.put("rtmpPublish", publishUrl(entry));
        values.put("liveHls", liveHls);
        values.put("livePlayer", player(id));
        return this;
    }

    public DemoReport testStream(String entryId, String hls) {
        values.put("testStreamEntryId", entryId);
        values.put("testStreamHls", hls);
        values.put("testStreamPlayer", player(entryId));
        return this;
    }

    public DemoReport metrics(String url) {
        values.put("metrics", url);
        return this;
    }

    /// Where things are, for a person.
    public void print(PrintWriter out) {
        LABELS.forEach(
                (name, label) -> {
                    Object value = values.get(name);
                    if (value != null) {
                        out.printf("  %-14s %s%n", label, value);
                    }
                });
    }

    /// One URL to hand to ffmpeg: the server's, the stream's name, and the key.
    public static String publishUrl(LiveStreamEntry entry) {
        URI server =
                URI.create(
                        Objects.requireNonNull(entry.primaryBroadcastingUrl, "broadcasting URL"));
        String stream = Objects.requireNonNull(entry.streamName, "stream name").replace("%i", "1");
        return server.getScheme()
                + "://"
                + server.getRawAuthority()
                + server.getRawPath()
                + "/"
                + stream
                + "?"
                + server.getRawQuery();
    }

    /// Writes the whole as JSON; a reader sees all of it or nothing.
    public void write(Path file) throws IOException {
        byte[] json =
                JsonMapper.builder()
                        .build()
                        .writerWithDefaultPrettyPrinter()
                        .writeValueAsBytes(values);
        Path absolute = file.toAbsolutePath();
        Path temporary = absolute.resolveSibling("." + absolute.getFileName() + ".new");
        Files.write(temporary, json);
        Files.move(
                temporary,
                absolute,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
    }

    private String player(String entryId) {
        return base
                + "/p/"
                + partnerId
                + "/embedPlaykitJs/uiconf_id/0?iframeembed=true&entry_id="
                + entryId;
    }

    /// Where a URL redirects to, or itself.
    private static String target(String url) throws IOException, InterruptedException {
        try (var http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build()) {
            HttpResponse<Void> reply =
                    http.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .timeout(Duration.ofSeconds(10))
                                    .build(),
                            HttpResponse.BodyHandlers.discarding());
            if (reply.statusCode() >= 400) {
                throw new IOException(url + " answered " + reply.statusCode());
            }
            return reply.headers()
                    .firstValue("Location")
                    .map(location -> URI.create(url).resolve(location).toString())
                    .orElse(url);
        }
    }
}
