package io.millrace.delivery.vod;

import io.millrace.delivery.http.BlockingHandler;
import io.millrace.delivery.http.HttpExchange;
import io.millrace.delivery.http.HttpReply;
import io.millrace.delivery.mapping.EscapedPath;
import io.millrace.storage.blob.LocalFolder;
import io.millrace.storage.blob.StorageTimeoutException;
import io.millrace.storage.blob.StorageUnavailableException;
import io.millrace.storage.volume.VolumeGuard;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// A page that lists the videos and sounds of a folder with the addresses to play them at. Looked
/// up anew every {@link #TRUSTED_FOR}, once however many ask. Thread-safe.
final class FolderPage implements BlockingHandler {
    private static final Duration TRUSTED_FOR = Duration.ofSeconds(2);
    private static final int MAX_DEPTH = 12;
    private static final int MAX_SEEN = 100_000;
    private static final int MAX_NAMES = 1000;

    private final LocalFolder folder;
    private final VolumeGuard guard;
    private final String prefix;
    private final ReentrantLock looking = new ReentrantLock();
    private byte[] page = new byte[0];
    private long madeAt;

    FolderPage(LocalFolder folder, VolumeGuard guard, String prefix) {
        this.folder = folder;
        this.guard = guard;
        this.prefix = prefix;
    }

    @Override
    public HttpReply handle(HttpExchange exchange) throws IOException {
        if (!Failures.isRead(exchange)) {
            return Failures.methodNotAllowed();
        }
        if (!exchange.path().equals(prefix)) {
            return Failures.error(404, "There is nothing here; the list of media is at " + prefix);
        }
        byte[] page;
        try {
            page = page();
        } catch (StorageTimeoutException _) {
            return Failures.error(504, "The storage does not answer.").header("Retry-After", "5");
        } catch (StorageUnavailableException _) {
            return Failures.error(503, "The folder cannot be read now.").header("Retry-After", "5");
        }
        return HttpReply.bytes(200, "text/html; charset=utf-8", page)
                .cacheControl("no-cache")
                .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                .header("X-Content-Type-Options", "nosniff");
    }

    private byte[] page() throws IOException {
        looking.lock();
        try {
            long now = System.nanoTime();
            if (page.length == 0 || now - madeAt > TRUSTED_FOR.toNanos()) {
                page = render().getBytes(StandardCharsets.UTF_8);
                madeAt = System.nanoTime();
            }
            return page;
        } finally {
            looking.unlock();
        }
    }

    /// Names of media to play, at most so many.
    static List<String> names(LocalFolder folder, int most) throws IOException {
        return folder
                .list(
                        name -> ContentTypes.isPlayable(ContentTypes.extension(name)),
                        MAX_DEPTH,
                        MAX_SEEN,
                        most)
                .stream()
                .sorted()
                .toList();
    }

    private String render() throws IOException {
        List<String> names = guard.call("list", () -> names(folder, MAX_NAMES));
        var out = new StringBuilder(4096);
        out.append(
                """
                <!doctype html><html lang="en"><meta charset="utf-8"><title>Millrace</title>
                <meta name="viewport" content="width=device-width">
                <style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
                td{padding:.15rem .8rem .15rem 0;vertical-align:top}td:first-child{word-break:break-all}</style>
                <h1>Media</h1>
                """);
        if (names.isEmpty()) {
            out.append("<p>The folder holds no video and no audio file.</p>\n");
        } else if (names.size() == MAX_NAMES) {
            out.append("<p>The first ").append(MAX_NAMES).append(" files found.</p>\n");
        }
        out.append("<table>\n");
        for (String name : names) {
            String url = EscapedPath.of(name);
            out.append("<tr><td>").append(html(name));
            link(out, "hls/" + url + "/master.m3u8", "HLS");
            link(out, "hlsf/" + url + "/master.m3u8", "HLS (fMP4)");
            link(out, "dash/" + url + "/manifest.mpd", "DASH");
            link(out, "file/" + url, "file");
            link(out, "thumb/" + url + "/thumb-1000-w320.jpg", "picture");
            out.append("</tr>\n");
        }
        return out.append("</table>\n</html>\n").toString();
    }

    private void link(StringBuilder out, String path, String text) {
        out.append("<td><a href=\"")
                .append(html(prefix + path))
                .append("\">")
                .append(text)
                .append("</a>");
    }

    private static String html(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
