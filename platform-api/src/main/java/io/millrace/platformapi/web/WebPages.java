package io.millrace.platformapi.web;

import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;

import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Serves the console (`/console/`), the page that records with a camera (`/webcam/`), the player
/// (`/p/{pid}/embedPlaykitJs/…`, as a script or as a page), and the files that they load
/// (`/web/…`).
///
/// No page has a script or a style of its own inside: their policy forbids it, so that nothing that
/// a publisher typed can run. Threading: thread-safe, does not block.
public final class WebPages {
    private static final String CONSOLE_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' http: https: data:; "
                    + "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    /// Media come from wherever delivery is; hls.js runs a worker made from itself; Shaka and Pico
    /// draw with data:.
    private static final String PLAYER_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http: https:; "
                    + "img-src 'self' http: https: data:; media-src 'self' blob: http: https:; worker-src 'self' blob:; "
                    + "base-uri 'none'; form-action 'none'";

    /// What it records goes to this very host, over a WebSocket, which not every browser takes
    /// `'self'` for.
    private static final String WEBCAM_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://{host} wss://{host}; "
                    + "img-src 'self' data:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

    private static final String FOR_EVER = "public, max-age=31536000, immutable";
    private static final String TEN_MINUTES = "public, max-age=600";
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z.-]+)}}");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final String assetPrefix;
    private final WebAssets assets;
    private final byte[] console;
    private final byte[] webcam;
    private final String playerScript;

    public WebPages() {
        this("/web/");
    }

    /// @param assetPrefix where the pages' files are, instead of `/web/`
    public WebPages(String assetPrefix) {
        this.assetPrefix = assetPrefix;
        assets = WebAssets.load(assetPrefix);
        console = page("console.html", Map.of());
        webcam = page("webcam.html", Map.of());
        playerScript =
                new String(assets.byPlainName("player.js").content(), StandardCharsets.UTF_8);
    }

    /// @return empty when the path is none of these pages'
    public Optional<ApiResponse> handle(ApiRequest request) {
        String path = request.path();
        if (path.equals("/console") || path.equals("/")) {
            return Optional.of(ApiResponse.redirect("/console/"));
        }
        if (path.equals("/console/")) {
            return Optional.of(
                    cached(request, "text/html; charset=utf-8", console, "no-cache")
                            .with("Content-Security-Policy", CONSOLE_POLICY));
        }
        if (path.equals("/webcam")) {
            return Optional.of(ApiResponse.redirect("/webcam/"));
        }
        if (path.equals("/webcam/")) {
            return Optional.of(
                    cached(request, "text/html; charset=utf-8", webcam, "no-cache")
                            .with("Content-Security-Policy", webcamPolicy(request))
                            .with("Permissions-Policy", "camera=(self), microphone=(self)")
                            .with("Referrer-Policy", "no-referrer"));
        }
        if (path.startsWith(assetPrefix)) {
            return Optional.of(asset(path.substring(assetPrefix.length())));
        }
        return EmbedRequest.of(request).map(embed -> embed(request, embed));
    }

    private static String webcamPolicy(ApiRequest request) {
        String base = request.baseUrl();
        return WEBCAM_POLICY.replace("{host}", base.substring(base.indexOf("//") + 2));
    }

    private ApiResponse asset(String name) {
        WebAssets.Asset asset = assets.find(name);
        if (asset == null) {
            return ApiResponse.text(404, "text/plain; charset=utf-8", "There is no such file.\n");
        }
        return ApiResponse.of(200, asset.contentType(), asset.content())
                .with("Cache-Control", FOR_EVER)
                .with("Access-Control-Allow-Origin", "*")
                .with("X-Content-Type-Options", "nosniff");
    }

    private ApiResponse embed(ApiRequest request, EmbedRequest embed) {
        ApiResponse response;
        if (embed.wantsPage(request)) {
            // Everything that the page was asked for goes on to its script, which is the same
            // address.
            var query = new StringBuilder();
            var parameters = new LinkedHashMap<>(embed.parameters());
            parameters.put("iframeembed", "false");
            parameters.put("autoembed", "true");
            parameters.put("targetId", "millrace-player");
            parameters.forEach(
                    (name, value) ->
                            query.append(query.isEmpty() ? "" : "&")
                                    .append(encode(name))
                                    .append('=')
                                    .append(encode(value)));
            String script = "/p/" + embed.partnerId() + "/embedPlaykitJs?" + query;
            response =
                    cached(
                                    request,
                                    "text/html; charset=utf-8",
                                    page("player.html", Map.of("script", script)),
                                    "no-cache")
                            .with("Content-Security-Policy", PLAYER_POLICY)
                            .with("Referrer-Policy", "strict-origin-when-cross-origin");
        } else {
            response =
                    cached(
                                    request,
                                    "text/javascript; charset=utf-8",
                                    script(request, embed),
                                    TEN_MINUTES)
                            .with("Access-Control-Allow-Origin", "*");
        }
        return response.with("Vary", "Accept, Sec-Fetch-Dest");
    }

    private byte[] script(ApiRequest request, EmbedRequest embed) {
        var config = new LinkedHashMap<String, Object>();
        config.put("partnerId", embed.partnerId());
        config.put("uiConfId", embed.get("uiconf_id", "\\d{1,10}"));
        config.put("serviceUrl", request.baseUrl() + "/api_v3");
        config.put(
                "assets",
                Map.of(
                        "hls", request.baseUrl() + assets.path("hls.js"),
                        "shaka", request.baseUrl() + assets.path("shaka.js"),
                        "css", request.baseUrl() + assets.path("player.css")));
        config.put("autoembed", embed.is("autoembed") && !embed.entryId().isEmpty());
        config.put("targetId", embed.get("targetId", "[A-Za-z0-9_.:-]{1,100}"));
        config.put("entryId", embed.entryId());
        config.put("autoplay", embed.is("autoplay"));
        config.put("format", embed.get("format", "[a-z]{1,20}"));
        config.put("ks", embed.get("ks", "[A-Za-z0-9+/_=-]{0,4000}"));
        // A script tag may be written around this by someone else: nothing in it may end one.
        String json = JSON.writeValueAsString(config).replace("<", "\\u003c");
        return ("window.__millracePlayerConfig = " + json + ";\n" + playerScript)
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Fills a page's placeholders: `{{script}}` with a value given, `{{console.js}}` with an
    /// asset's path.
    private byte[] page(String name, Map<String, String> values) {
        String template;
        try {
            template = new String(WebAssets.read(name), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var page = new StringBuilder();
        Matcher placeholder = PLACEHOLDER.matcher(template);
        while (placeholder.find()) {
            String key = placeholder.group(1);
            String value = values.get(key);
            placeholder.appendReplacement(
                    page,
                    Matcher.quoteReplacement(escape(value == null ? assets.path(key) : value)));
        }
        return placeholder.appendTail(page).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("\"", "&quot;")
                .replace("<", "&lt;")
                .replace(">", "&gt;");
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static ApiResponse cached(
            ApiRequest request, String contentType, byte[] body, String cacheControl) {
        String tag = "\"" + hash(body) + "\"";
        String known = request.headers().get("if-none-match");
        boolean same = known != null && (known.contains(tag) || known.strip().equals("*"));
        ApiResponse response =
                same
                        ? new ApiResponse(304, Map.of(), new byte[0])
                        : ApiResponse.of(200, contentType, body);
        return response.with("ETag", tag)
                .with("Cache-Control", cacheControl)
                .with("X-Content-Type-Options", "nosniff");
    }

    private static String hash(byte[] body) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(body), 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
