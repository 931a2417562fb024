package io.millrace.platformapi.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.platformapi.http.ApiRequest;
import io.millrace.platformapi.http.ApiResponse;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class WebPagesTest {
    private static final String EMBED = "/p/102/sp/10200/embedPlaykitJs/uiconf_id/7";
    private final WebPages pages = new WebPages();

    @Test
    void servesTheConsoleAndEverythingThatItNames() {
        ApiResponse console = get("/console/", "", Map.of());
        assertThat(console.headers()).containsEntry("Content-Type", "text/html; charset=utf-8");
        assertThat(console.headers().get("Content-Security-Policy"))
                .contains("script-src 'self';")
                .doesNotContain("unsafe");
        String html = text(console);
        assertThat(html).doesNotContain("{{").doesNotContain("<script>").doesNotContain("style=");
        Matcher names = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"").matcher(html);
        int count = 0;
        while (names.find()) {
            count++;
            ApiResponse asset = get(names.group(1), "", Map.of());
            assertThat(asset.status()).isEqualTo(200);
            assertThat(asset.headers())
                    .containsEntry("Cache-Control", "public, max-age=31536000, immutable");
        }
        assertThat(count).isEqualTo(3);
        assertThat(
                        get("/console/", "", Map.of("if-none-match", console.headers().get("ETag")))
                                .status())
                .isEqualTo(304);
        assertThat(get("/console", "", Map.of()).headers()).containsEntry("Location", "/console/");
    }

    @Test
    void servesThePageThatRecords() {
        ApiResponse page = get("/webcam/", "", Map.of());
        assertThat(page.headers())
                .containsEntry("Content-Type", "text/html; charset=utf-8")
                .containsEntry("Permissions-Policy", "camera=(self), microphone=(self)");
        assertThat(page.headers().get("Content-Security-Policy"))
                .contains("script-src 'self';", "ws://media.example wss://media.example;")
                .doesNotContain("unsafe");
        String html = text(page);
        assertThat(html).doesNotContain("{{").doesNotContain("<script>").doesNotContain("style=");
        Matcher names = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"").matcher(html);
        int count = 0;
        while (names.find()) {
            count++;
            assertThat(get(names.group(1), "", Map.of()).status()).isEqualTo(200);
        }
        assertThat(count).isEqualTo(4);
        assertThat(get("/webcam", "", Map.of()).headers()).containsEntry("Location", "/webcam/");
    }

    @Test
    void givesAPageToWhoeverGoesThereAndAScriptToWhoeverEmbedsIt() {
        String query = "entry_id=0_abcdefgh&autoembed=true&targetId=here";
        for (Map<String, String> page :
                List.<Map<String, String>>of(
                        Map.of("accept", "text/html,*/*"),
                        Map.of("sec-fetch-dest", "iframe", "accept", "*/*"))) {
            ApiResponse response = get(EMBED, query, page);
            assertThat(response.headers())
                    .containsEntry("Content-Type", "text/html; charset=utf-8")
                    .containsKey("Content-Security-Policy");
            assertThat(text(response))
                    .contains("entry_id=0_abcdefgh")
                    .contains("iframeembed=false")
                    .contains("uiconf_id=7");
        }
        assertThat(get(EMBED, query + "&iframeembed=true", Map.of()).headers())
                .containsEntry("Content-Type", "text/html; charset=utf-8");
        ApiResponse script = get(EMBED, query, Map.of("sec-fetch-dest", "script", "accept", "*/*"));
        assertThat(script.headers())
                .containsEntry("Content-Type", "text/javascript; charset=utf-8")
                .containsEntry("Access-Control-Allow-Origin", "*")
                .containsEntry("Cache-Control", "public, max-age=600");
        assertThat(text(script))
                .startsWith("window.__millracePlayerConfig = {")
                .contains(
                        "\"entryId\":\"0_abcdefgh\"",
                        "\"targetId\":\"here\"",
                        "\"autoembed\":true",
                        "\"serviceUrl\":\"http://media.example/api_v3\"")
                .contains("KalturaPlayer");
    }

    @Test
    void takesNothingIntoAPageThatCouldRunThere() {
        String query =
                "entry_id=%3C/script%3E%22&targetId=%22%3E%3Cimg&ks=%3C!--&format=x%22&a%22%3E%3Cscript%3E=1&iframeembed=";
        String page = text(get(EMBED, query + "true", Map.of()));
        assertThat(page).doesNotContain("<script>").doesNotContain("<img");
        String script = text(get(EMBED, query + "false&autoembed=true", Map.of()));
        assertThat(script.substring(0, script.indexOf('\n')))
                .contains("\"entryId\":\"\"", "\"autoembed\":false", "\"ks\":\"\"")
                .doesNotContain("<");
    }

    @Test
    void leavesOtherPathsToOthers() {
        for (String path :
                new String[] {
                    "/p/102/playManifest/entryId/0_x",
                    "/api_v3/service/system",
                    "/p/x/embedPlaykitJs",
                    "/p",
                    "/p/1",
                    "/consoles",
                    "/s/p/1/sp"
                }) {
            assertThat(pages.handle(ApiRequest.get(path, "", Map.of(), "", "http://media.example")))
                    .as(path)
                    .isEmpty();
        }
        assertThat(get("/web/nope.js", "", Map.of()).status()).isEqualTo(404);
        assertThat(get("/web/../console.html", "", Map.of()).status()).isEqualTo(404);
        assertThat(get("/s/p/1/embedPlaykitJs", "iframeembed=true", Map.of()).status())
                .isEqualTo(200);
    }

    private ApiResponse get(String path, String query, Map<String, String> headers) {
        return pages.handle(
                        ApiRequest.get(path, query, headers, "127.0.0.1", "http://media.example"))
                .orElseThrow();
    }

    private static String text(ApiResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
