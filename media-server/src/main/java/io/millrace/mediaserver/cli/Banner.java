package io.millrace.mediaserver.cli;

import io.millrace.delivery.vod.DeliveryRoutes;
import io.millrace.mediaserver.MediaServer;
import io.millrace.mediaserver.Version;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.config.Role;
import io.millrace.storage.blob.LocalFolder;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;

/// What a started server prints on standard output: where things are, and once, the secrets of a
/// first start.
final class Banner {
    private final PrintWriter out;
    private final MediaServer server;

    Banner(PrintWriter out, MediaServer server) {
        this.out = out;
        this.server = server;
    }

    void ready() {
        MillraceConfig config = server.config();
        String base = server.localUrl();
        out.println();
        out.println("Millrace " + Version.current().version() + " is ready.");
        if (config.node().roles().contains(Role.API)) {
            line("Console", base + "/console/");
            line("API", base + "/api_v3/");
        }
        if (config.node().roles().contains(Role.DELIVERY)) {
            delivery(config, base);
        }
        if (config.node().roles().contains(Role.LIVE)) {
            String rtmp = "rtmp://" + server.localHost() + ":" + config.live().rtmpPort();
            if (config.liveStandsAlone()) {
                liveAlone(config, base, rtmp);
            } else {
                line("Publish", rtmp + "/kLive");
            }
        }
        line(
                "Health",
                "http://"
                        + config.operations().bind()
                        + ":"
                        + config.operations().port()
                        + "/readyz");
        firstStart();
        out.println("Ctrl-C stops it.");
        out.println();
        out.flush();
    }

    private void liveAlone(MillraceConfig config, String base, String rtmp) {
        if (config.publish().open()) {
            line("Publish", rtmp + "/live/NAME");
        } else if (config.publish().keys().isEmpty() && config.publish().keysFile().isEmpty()) {
            line("Publish", "nobody may: set live.publish.keys, or live.publish.open=true");
        } else {
            line("Publish", rtmp + "/live/NAME?key=KEY");
        }
        line("Watch", base + "/live/NAME/master.m3u8");
    }

    private void delivery(MillraceConfig config, String base) {
        String root = config.local().root();
        String prefix = config.local().prefix();
        if (root.isEmpty() || !prefix.equals("/")) {
            line("Delivery", base + "/vod/");
        }
        if (root.isEmpty()) {
            return;
        }
        line("Folder", root + (config.local().unsigned() ? "" : " (URLs need a signature)"));
        if (prefix.equals("/") && config.local().unsigned()) {
            line("List", base + prefix);
        }
        String path = example(Path.of(root));
        line("HLS", base + prefix + "hls/" + path + "/master.m3u8");
        line("HLS (fMP4)", base + prefix + "hlsf/" + path + "/master.m3u8");
        line("DASH", base + prefix + "dash/" + path + "/manifest.mpd");
        line("File", base + prefix + "file/" + path);
    }

    /// The path of a file of the folder as URLs have it, or what stands for one.
    private static String example(Path root) {
        try {
            return DeliveryRoutes.exampleIn(new LocalFolder(root)).orElse("PATH");
        } catch (IOException _) {
            return "PATH";
        }
    }

    void waiting() {
        out.println("Started, and waiting for what /readyz of the operations port names.");
        firstStart();
        out.flush();
    }

    /// Printed once: the secrets are stored hashed or encrypted from here on.
    void firstStart() {
        var platform = server.platform();
        if (platform == null) {
            return;
        }
        platform.takeFirstStart()
                .ifPresent(
                        first -> {
                            out.println();
                            out.println("First start: these are shown only now.");
                            line("Partner", Integer.toString(first.partnerId()));
                            line("Admin secret", first.adminSecret());
                            line("User secret", first.secret());
                            line("Console login", first.consoleLogin());
                            line(
                                    "Password",
                                    java.util.Objects.requireNonNullElse(
                                            first.consolePassword(), ""));
                            out.println();
                        });
    }

    private void line(String name, String value) {
        out.printf("  %-14s %s%n", name, value);
    }
}
