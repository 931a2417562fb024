package io.millrace.mediaserver.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// The page that records with a camera, in Chromium with its fake devices.
final class WebcamPage {
    private WebcamPage() {}

    /// @param more arguments: `--use-fake-ui-for-media-stream` allows camera and microphone
    static Browser browser(Playwright playwright, String... more) {
        var options = BrowserIT.options();
        var arguments = new ArrayList<>(options.args);
        arguments.add("--use-fake-device-for-media-stream");
        arguments.addAll(List.of(more));
        return playwright.chromium().launch(options.setArgs(arguments));
    }

    static Page open(BrowserContext context, int port, String fragment, List<String> said) {
        Page page = context.newPage();
        page.onPageError(said::add);
        page.onConsoleMessage(
                message -> {
                    // That a connection broke is told there, and what this is about.
                    if (message.type().equals("error") && !message.text().contains("WebSocket")) {
                        said.add(message.text());
                    }
                });
        page.navigate("http://127.0.0.1:" + port + "/webcam/" + fragment);
        return page;
    }

    static String text(Page page, String selector) {
        return page.textContent(selector).strip();
    }

    static void awaitText(Page page, String selector, String wanted) {
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .untilAsserted(() -> assertThat(text(page, selector)).contains(wanted));
    }
}
