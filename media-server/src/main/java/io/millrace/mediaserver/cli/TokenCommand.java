package io.millrace.mediaserver.cli;

import io.millrace.delivery.mapping.EscapedPath;
import io.millrace.mediaserver.config.ConfigException;
import io.millrace.mediaserver.config.ConfigProblem;
import io.millrace.mediaserver.config.MillraceConfig;
import io.millrace.mediaserver.lifecycle.LogSetup;
import io.millrace.mediaserver.lifecycle.SigningKeys;
import io.millrace.mediaserver.lifecycle.StartException;
import io.millrace.storage.sign.PathSigner;
import io.netty.util.NetUtil;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Signs a URL with the installation's own keys (docs/signed-urls.md). The server need not run.
@Command(
        name = "token",
        description = {
            "Signs the URL of a media file or of a folder of them.",
            "Prints the URL's path, or with --only-token the token alone."
        })
final class TokenCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;
    @Mixin private ServerOptions options;

    @Parameters(
            paramLabel = "PATH",
            description = {
                "What follows the route: a storage key, or a path below local.root or of a mapping.",
                "What ends with / is a folder."
            })
    private String path = "";

    @Option(
            names = "--route",
            paramLabel = "ROUTE",
            description = "The route before it. Default: ${DEFAULT-VALUE}.")
    private String route = "/vod/hls/";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What is asked for there. Default: ${DEFAULT-VALUE}.")
    private String name = "master.m3u8";

    @Option(
            names = "--covers",
            paramLabel = "PREFIX",
            description =
                    "Folder that the token is good for, ending with /. Default: the file alone, or the folder PATH.")
    private @Nullable String covers;

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            description = "30s, 15m, 6h, 7d, or never. Default: delivery.url-lifetime.")
    private @Nullable String expires;

    @Option(
            names = "--address",
            paramLabel = "IP",
            description = "The only client that it is good for.")
    private @Nullable String address;

    @Option(names = "--only-token", description = "Prints the token alone.")
    private boolean onlyToken;

    @Override
    public Integer call() throws Exception {
        MillraceConfig config = options.read(System.getenv());
        LogSetup.apply(config.log());
        String file = path.startsWith("/") ? path.substring(1) : path;
        String prefix = covers != null ? covers : file.endsWith("/") ? file : file + "/";
        if (file.isEmpty() || prefix.startsWith("/") || !prefix.endsWith("/")) {
            throw problem("--covers", "expected a folder of PATH, ending with /");
        }
        if (!(file + "/").startsWith(prefix)) {
            throw problem("--covers", prefix + " does not cover " + file);
        }
        String token =
                signer(config)
                        .sign(prefix, expiry(config.delivery().urlLifetime()), clientAddress());
        PrintWriter out = spec.commandLine().getOut();
        if (onlyToken || file.endsWith("/")) {
            out.println(onlyToken ? token : route + "s/" + token + "/" + EscapedPath.of(file));
        } else {
            out.println(route + "s/" + token + "/" + EscapedPath.of(file) + "/" + name);
        }
        out.flush();
        return 0;
    }

    private PathSigner signer(MillraceConfig config) throws ConfigException, StartException {
        if (!config.delivery().signingKeys().isEmpty() || !config.cluster().secret().isEmpty()) {
            return SigningKeys.signer(config.delivery().signingKeys(), config.cluster().secret());
        }
        Path secret = Path.of(config.node().data(), "secrets", "cluster-secret");
        try {
            return SigningKeys.signer(
                    List.of(), Files.readString(secret, StandardCharsets.US_ASCII).strip());
        } catch (IOException _) {
            throw problem(
                    "delivery.signing-keys",
                    "not set, nor is cluster.secret, and "
                            + secret
                            + " cannot be read; name the server's configuration (--config) or data folder (--data)");
        }
    }

    private @Nullable Instant expiry(Duration lifetime) throws ConfigException {
        if (expires == null) {
            return Instant.now().plus(lifetime);
        }
        if (expires.equals("never")) {
            return null;
        }
        Matcher matcher = Pattern.compile("(\\d{1,6})([smhd])").matcher(expires);
        if (!matcher.matches()) {
            throw problem("--expires", expires + " (expected: 30s, 15m, 6h, 7d or never)");
        }
        long amount = Long.parseLong(matcher.group(1));
        return Instant.now()
                .plus(
                        switch (matcher.group(2)) {
                            case "s" -> Duration.ofSeconds(amount);
                            case "m" -> Duration.ofMinutes(amount);
                            case "h" -> Duration.ofHours(amount);
                            default -> Duration.ofDays(amount);
                        });
    }

    private @Nullable String clientAddress() throws ConfigException {
        if (address == null) {
            return null;
        }
        try {
            return NetUtil.toAddressString(InetAddress.ofLiteral(address));
        } catch (IllegalArgumentException _) {
            throw problem("--address", address + " (expected: an IP address)");
        }
    }

    private static ConfigException problem(String where, String text) {
        return new ConfigException(List.of(new ConfigProblem(where, text)));
    }
}
