package io.millrace.platformapi.playback;

import io.millrace.platformapi.flavor.Flavor;
import io.millrace.platformapi.thumb.Thumb;
import io.millrace.storage.sign.PathSigner;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// The delivery URLs of an entry: storage keys in nginx-vod's grammar, below a token that covers
/// the entry's folder, so that a delivery node needs nobody's word for them (ARCHITECTURE.md). A
/// single rendition is a plain path; several are one `.urlset`. Thread-safe.
public final class PlaybackUrls {
    private final PathSigner signer;
    private final Duration lifetime;
    private final InstantSource clock;

    /// @param lifetime how long a URL is good for
    public PlaybackUrls(PathSigner signer, Duration lifetime, InstantSource clock) {
        this.signer = signer;
        this.lifetime = lifetime;
        this.clock = clock;
    }

    /// HLS with MPEG-TS segments.
    ///
    /// @param base scheme, host and port, without a slash at the end
    /// @param flavors ready ones of one entry, at least one
    public String hls(String base, List<Flavor> flavors) {
        return base + "/vod/hls/" + signed(flavors) + "/master.m3u8";
    }

    /// HLS with fMP4 segments.
    public String hlsFmp4(String base, List<Flavor> flavors) {
        return base + "/vod/hlsf/" + signed(flavors) + "/master.m3u8";
    }

    public String dash(String base, List<Flavor> flavors) {
        return base + "/vod/dash/" + signed(flavors) + "/manifest.mpd";
    }

    /// One file, by byte range.
    public String progressive(String base, Flavor flavor) {
        return base + "/file/" + signed(key(flavor));
    }

    public String thumbnail(String base, Thumb thumb) {
        String key = thumb.blobKey();
        if (key == null) {
            throw new IllegalArgumentException("thumb: " + thumb.id() + " (expected: a ready one)");
        }
        return base + "/thumb/" + signed(key);
    }

    /// A picture that delivery makes of a flavor.
    ///
    /// @param name in delivery's grammar of pictures
    public String picture(String base, Flavor flavor, String name) {
        return base + "/thumb/" + signed(key(flavor)) + "/" + name;
    }

    /// The live playlist of an entry.
    ///
    /// @param goesBack whether with the past that players may go back in
    public String live(String base, String entryId, boolean goesBack) {
        return live(base, entryId, goesBack ? "master-dvr.m3u8" : "master.m3u8");
    }

    /// The same for DASH.
    public String liveDash(String base, String entryId, boolean goesBack) {
        return live(base, entryId, goesBack ? "manifest-dvr.mpd" : "manifest.mpd");
    }

    private String live(String base, String entryId, String name) {
        return base + "/live/s/" + token(entryId + "/") + "/" + entryId + "/" + name;
    }

    /// The API's own address of a playable format, which leads to the signed one.
    public static String playManifest(
            String base, int partnerId, String entryId, String format, String fileName) {
        return base
                + "/p/"
                + partnerId
                + "/sp/"
                + partnerId
                + "00/playManifest/entryId/"
                + entryId
                + "/format/"
                + format
                + "/protocol/"
                + base.substring(0, Math.max(0, base.indexOf(':')))
                + "/"
                + fileName;
    }

    private String signed(List<Flavor> flavors) {
        if (flavors.size() == 1) {
            return signed(key(flavors.getFirst()));
        }
        String folder = folder(key(flavors.getFirst()));
        var names = new StringBuilder();
        String suffix = "";
        for (Flavor flavor : flavors) {
            String key = key(flavor);
            String name = key.substring(folder.length());
            if (!key.startsWith(folder) || name.contains("/")) {
                throw new IllegalArgumentException(
                        "flavor " + flavor.id() + ": not in " + folder + " like the others");
            }
            int dot = name.lastIndexOf('.');
            suffix = name.substring(dot);
            names.append(name, 0, dot).append(',');
        }
        return "s/" + token(folder) + "/" + folder + "," + names + suffix + ".urlset";
    }

    private String signed(String key) {
        return "s/" + token(entryFolder(key)) + "/" + key;
    }

    /// `content/entry/{partner}/{entry}/` of anything below it; for other keys the folder itself.
    private static String entryFolder(String key) {
        if (!key.startsWith("content/entry/")) {
            return folder(key);
        }
        int end = 0;
        for (int i = 0; i < 4; i++) {
            end = key.indexOf('/', end) + 1;
        }
        return key.substring(0, end);
    }

    private static String folder(String key) {
        return key.substring(0, key.lastIndexOf('/') + 1);
    }

    private static String key(Flavor flavor) {
        String key = flavor.blobKey();
        if (key == null) {
            throw new IllegalArgumentException(
                    "flavor: " + flavor.id() + " (expected: one that has bytes)");
        }
        return key;
    }

    /// Expiries are rounded up to a 24th of the lifetime, so that everyone gets the same URL for a
    /// while and caches between us and the players can do their work.
    private String token(String prefix) {
        long step = Math.max(1, lifetime.toSeconds() / 24);
        long expiry = clock.instant().plus(lifetime).getEpochSecond();
        return signer.sign(prefix, Instant.ofEpochSecond((expiry + step - 1) / step * step));
    }
}
