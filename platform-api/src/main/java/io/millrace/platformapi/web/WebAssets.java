package io.millrace.platformapi.web;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/// The built files: by their plain name (`hls.js`) and by the name that they are served under,
/// which has a hash of their content in it (`hls-0123456789ab.js`). Immutable, thread-safe.
final class WebAssets {
    private static final String FOLDER = "dist/";

    private final Map<String, String> servedNames = new HashMap<>();
    private final Map<String, Asset> byServedName = new HashMap<>();

    private final String prefix;

    private WebAssets(String prefix) {
        this.prefix = prefix;
    }

    record Asset(String contentType, byte[] content) {}

    /// @param prefix of the paths that they are served at
    /// @throws IllegalStateException when the build has not made them
    static WebAssets load(String prefix) {
        var table = new Properties();
        var assets = new WebAssets(prefix);
        try {
            table.load(new ByteArrayInputStream(read(FOLDER + "assets.properties")));
            for (String name : table.stringPropertyNames()) {
                String served = table.getProperty(name);
                byte[] content = read(FOLDER + served);
                assets.servedNames.put(name, served);
                assets.byServedName.put(served, new Asset(contentType(name), content));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return assets;
    }

    static byte[] read(String resource) throws IOException {
        try (InputStream in = WebAssets.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(
                        "the web files are missing from this build: " + resource);
            }
            return in.readAllBytes();
        }
    }

    private static String contentType(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "js" -> "text/javascript; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "txt" -> "text/plain; charset=utf-8";
            default -> throw new IllegalStateException(name + " (expected: .js, .css or .txt)");
        };
    }

    /// @param name plain: `hls.js`
    String path(String name) {
        String served = servedNames.get(name);
        if (served == null) {
            throw new IllegalArgumentException(
                    "asset: " + name + " (expected: one of " + servedNames.keySet() + ")");
        }
        return prefix + served;
    }

    @Nullable Asset find(String servedName) {
        return byServedName.get(servedName);
    }

    Asset byPlainName(String name) {
        Asset asset = find(path(name).substring(prefix.length()));
        if (asset == null) {
            throw new IllegalStateException(name);
        }
        return asset;
    }
}
