package io.millrace.platformapi.playback;

import io.millrace.platformapi.entry.Entry;
import io.millrace.platformapi.entry.EntryStore;
import io.millrace.platformapi.flavor.Flavor;
import io.millrace.platformapi.flavor.FlavorStore;
import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;
import io.millrace.platformapi.model.EntryStatus;
import io.millrace.platformapi.session.SessionValidator;
import io.millrace.platformapi.thumb.ThumbStore;
import io.millrace.storage.sql.DatabaseUnavailableException;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The GET paths below `/p/{partner}/` that lead to media (kaltura-v3 d.5): playManifest,
/// thumbnail, serveFlavor, download, raw. Each answers with a redirect to a signed delivery URL; an
/// error is 404 with Kaltura's headers. Thread-safe; blocks on the database.
public final class PlaybackRoutes {
    private static final Pattern DASH_SEGMENT =
            Pattern.compile("(init|fragment)-[A-Za-z0-9-]{1,100}\\.(mp4|m4s)");

    private static final Logger log = LoggerFactory.getLogger(PlaybackRoutes.class);
    private static final Set<String> VERBS =
            Set.of("playmanifest", "thumbnail", "serveflavor", "download", "raw");
    private static final Map<String, String> SHORT_FORMS =
            Map.of(
                    "e", "entryid",
                    "f", "format",
                    "fi", "flavorid",
                    "fs", "flavorids",
                    "entry_id", "entryid",
                    "flavor", "flavorid",
                    "pb", "preferredbitrate");

    private final EntryStore entries;
    private final FlavorStore flavors;
    private final ThumbStore thumbs;
    private final Playable playable;
    private final EntryPlayback.LiveState live;
    private final PlaybackUrls urls;
    private final SessionValidator sessions;
    private final String publicUrl;

    public PlaybackRoutes(
            EntryStore entries,
            FlavorStore flavors,
            ThumbStore thumbs,
            Playable playable,
            EntryPlayback.LiveState live,
            PlaybackUrls urls,
            SessionValidator sessions,
            String publicUrl) {
        this.entries = entries;
        this.flavors = flavors;
        this.thumbs = thumbs;
        this.playable = playable;
        this.live = live;
        this.urls = urls;
        this.sessions = sessions;
        this.publicUrl = publicUrl;
    }

    /// Answers a path that is one of ours; empty for any other (embedPlaykitJs, say), which the
    /// caller routes on.
    public Optional<ApiResponse> handle(ApiRequest request) {
        Asked asked = read(request.path(), request.rawQuery());
        if (asked == null) {
            return Optional.empty();
        }
        ApiResponse answer;
        try {
            answer = answer(asked, request);
        } catch (DatabaseUnavailableException e) {
            log.warn("{}: {}", request.shownPath(), e.getMessage());
            answer =
                    ApiResponse.text(503, "text/plain", "The database cannot be reached\n")
                            .with("Retry-After", "5");
        }
        return Optional.of(
                answer.with("Access-Control-Allow-Origin", "*")
                        .with(
                                "Access-Control-Expose-Headers",
                                "Server, Content-Length, Content-Range, Date, X-Kaltura,"
                                        + " X-Kaltura-App"));
    }

    private record Asked(int partnerId, String verb, Map<String, String> keys) {
        String get(String key) {
            return keys.getOrDefault(key, "");
        }
    }

    private ApiResponse answer(Asked asked, ApiRequest request) {
        Optional<Entry> found =
                entries.find(asked.get("entryid"))
                        .filter(entry -> entry.partnerId() == asked.partnerId)
                        .filter(entry -> entry.status() != EntryStatus.DELETED);
        if (found.isEmpty()) {
            return error(1, "entry not found");
        }
        Entry entry = found.get();
        String base = publicUrl.isEmpty() ? request.baseUrl() : publicUrl;
        return switch (asked.verb) {
            case "playmanifest" -> playManifest(asked, entry, base, request.path());
            case "thumbnail" -> thumbnail(asked, entry, base);
            case "serveflavor" -> file(asked, entry, base);
            case "download" -> file(asked, entry, base);
            case "raw" -> raw(asked, entry, base, request);
            default -> error(25, "unknown request");
        };
    }

    private ApiResponse playManifest(Asked asked, Entry entry, String base, String path) {
        String format = asked.get("format").toLowerCase(Locale.ROOT);
        if (entry.isLive()) {
            if (!live.isLive(entry.id())) {
                return error(36, "entry is not live");
            }
            boolean goesBack = live.goesBack(entry.id());
            return redirect(
                    format.equals("mpegdash")
                            ? urls.liveDash(base, entry.id(), goesBack)
                            : urls.live(base, entry.id(), goesBack));
        }
        if (!entry.isReady()) {
            return error(2, "entry is not ready");
        }
        List<Flavor> all = playable.of(entry, named(asked));
        if (all.isEmpty()) {
            return error(6, "flavor not found");
        }
        return switch (format) {
            case "applehttp" ->
                    redirect(
                            asked.get("container").equalsIgnoreCase("fmp4")
                                    ? urls.hlsFmp4(base, all)
                                    : urls.hls(base, all));
            case "mpegdash" -> redirect(dash(urls.dash(base, all), path));
            case "", "url", "http", "download" ->
                    redirect(urls.progressive(base, best(all, asked.get("preferredbitrate"))));
            default -> error(5, "format " + format + " is not served");
        };
    }

    /// ffmpeg's DASH demuxer resolves the segments' names against the address that it was given,
    /// not against the one that it was redirected to; so such a name below playManifest leads to
    /// the segment.
    private static String dash(String manifest, String path) {
        String name = path.substring(path.lastIndexOf('/') + 1);
        return DASH_SEGMENT.matcher(name).matches()
                ? manifest.substring(0, manifest.lastIndexOf('/') + 1) + name
                : manifest;
    }

    /// A moment's picture is made by delivery; without one it is the stored picture, whatever its
    /// size, because somebody may have chosen it.
    private ApiResponse thumbnail(Asked asked, Entry entry, String base) {
        MomentPicture picture =
                MomentPicture.of(asked::get, Objects.requireNonNullElse(entry.durationMs(), 0L));
        if (picture != null && entry.isReady()) {
            List<Flavor> videos =
                    playable.of(entry, named(asked)).stream()
                            .filter(flavor -> flavor.videoCodec() != null)
                            .toList();
            if (!videos.isEmpty()) {
                Flavor source = videos.getLast();
                for (Flavor flavor : videos.reversed()) {
                    // The smallest that is large enough is decoded soonest.
                    source = flavor.width() >= picture.width() ? flavor : source;
                }
                return redirect(urls.picture(base, source, picture.name()))
                        .with("Cache-Control", "public, max-age=60");
            }
        }
        return thumbs.ready(entry.id())
                .map(
                        thumb ->
                                redirect(urls.thumbnail(base, thumb))
                                        .with("Cache-Control", "public, max-age=60"))
                .orElseGet(() -> error(4, "thumbnail not found"));
    }

    private ApiResponse file(Asked asked, Entry entry, String base) {
        List<Flavor> all = playable.of(entry, named(asked));
        return all.isEmpty()
                ? error(6, "flavor not found")
                : redirect(urls.progressive(base, best(all, "")));
    }

    /// The file as it was uploaded, for the publisher's own sessions only.
    private ApiResponse raw(Asked asked, Entry entry, String base, ApiRequest request) {
        boolean admin =
                sessions.check(asked.get("ks"), request.remoteAddress(), request.path())
                                instanceof SessionValidator.Result.Valid(var ks)
                        && ks.isAdmin()
                        && ks.partnerId() == entry.partnerId();
        if (!admin) {
            return error(7, "an admin session is needed");
        }
        return flavors.ofEntry(entry.id()).stream()
                .filter(flavor -> flavor.isOriginal() && flavor.blobKey() != null)
                .findFirst()
                .map(source -> redirect(urls.progressive(base, source)))
                .orElseGet(() -> error(6, "flavor not found"));
    }

    private static @Nullable Set<String> named(Asked asked) {
        String ids = asked.get("flavorids") + "," + asked.get("flavorid");
        Set<String> named =
                Arrays.stream(ids.split(","))
                        .map(String::strip)
                        .filter(id -> !id.isEmpty())
                        .collect(Collectors.toSet());
        return named.isEmpty() ? null : named;
    }

    /// The nearest to the preferred bit rate; without one the best.
    private static Flavor best(List<Flavor> ascending, String preferredKbps) {
        Flavor best = ascending.getLast();
        try {
            int wanted = Integer.parseInt(preferredKbps);
            for (Flavor flavor : ascending) {
                if (Math.abs(flavor.bitrateKbps() - wanted)
                        < Math.abs(best.bitrateKbps() - wanted)) {
                    best = flavor;
                }
            }
        } catch (NumberFormatException _) {
            return best;
        }
        return best;
    }

    private static ApiResponse redirect(String location) {
        return ApiResponse.redirect(location).with("Cache-Control", "no-cache");
    }

    private static ApiResponse error(int number, String text) {
        return ApiResponse.text(404, "text/plain", text + "\n")
                .with("X-Kaltura-App", "exiting on error " + number + " - " + text)
                .with("X-Kaltura", "error-" + number)
                .with("Cache-Control", "no-cache");
    }

    /// `/[s/]p/{pid}[/sp/{spid}]/{verb}/key/value/…`; what is no pair is a file name for show.
    private static @Nullable Asked read(String path, String rawQuery) {
        String[] parts = path.split("/");
        int at = 1;
        if (parts.length > at && parts[at].equals("s")) {
            at++;
        }
        if (parts.length < at + 3 || !parts[at].equals("p") || !parts[at + 1].matches("\\d{1,9}")) {
            return null;
        }
        int partnerId = Integer.parseInt(parts[at + 1]);
        at += 2;
        if (parts[at].equals("sp")) {
            at += 2;
        }
        if (at >= parts.length || !VERBS.contains(parts[at].toLowerCase(Locale.ROOT))) {
            return null;
        }
        String verb = parts[at].toLowerCase(Locale.ROOT);
        var keys = new HashMap<String, String>();
        for (int i = at + 1; i + 1 < parts.length; i += 2) {
            put(keys, decoded(parts[i]), decoded(parts[i + 1]));
        }
        for (String pair : rawQuery.split("&")) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                put(keys, decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
            }
        }
        return new Asked(partnerId, verb, keys);
    }

    private static void put(Map<String, String> keys, String key, String value) {
        String name = key.toLowerCase(Locale.ROOT);
        keys.put(SHORT_FORMS.getOrDefault(name, name), value);
    }

    private static String decoded(String text) {
        try {
            // A plus is a plus in a path, and base64 has some.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            return "";
        }
    }
}
