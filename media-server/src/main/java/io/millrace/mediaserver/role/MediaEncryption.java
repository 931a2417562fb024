package io.millrace.mediaserver.role;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.delivery.drm.CpixKeyService;
import io.millrace.delivery.drm.Encryption;
import io.millrace.delivery.drm.HttpKeyService;
import io.millrace.delivery.drm.KeyFile;
import io.millrace.delivery.drm.KeyProvider;
import io.millrace.delivery.drm.KeyServiceException;
import io.millrace.delivery.drm.PsshBox;
import io.millrace.delivery.drm.SchemeChoice;
import io.millrace.mediaserver.config.EncryptionConfig;
import io.millrace.mediaserver.lifecycle.StartException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Makes the encryption of stored media out of its configuration.
final class MediaEncryption {
    private static final int MAX_KEYS = 10_000;

    private MediaEncryption() {}

    /// @throws StartException naming the key that is wrong
    static Encryption of(EncryptionConfig config, MeterRegistry meters) throws StartException {
        Map<String, SchemeChoice> byPath = new LinkedHashMap<>();
        for (String rule : config.paths()) {
            int equals = rule.lastIndexOf('=');
            if (equals <= 0) {
                throw wrong("paths", rule + " (expected: path=scheme)", null);
            }
            byPath.put(rule.substring(0, equals), scheme("paths", rule.substring(equals + 1)));
        }
        SchemeChoice otherwise = scheme("scheme", config.scheme());
        var policy =
                new Encryption.Policy(
                        byPath, otherwise, config.clearkey(), config.keepKeys(), MAX_KEYS);
        boolean wanted =
                otherwise.scheme() != null
                        || byPath.values().stream().anyMatch(choice -> choice.scheme() != null)
                        || !config.keyFile().isEmpty();
        return new Encryption(policy, wanted ? provider(config) : null, meters);
    }

    private static SchemeChoice scheme(String key, String text) throws StartException {
        try {
            return SchemeChoice.of(text);
        } catch (IllegalArgumentException e) {
            throw wrong(key, String.valueOf(e.getMessage()), e);
        }
    }

    private static KeyProvider provider(EncryptionConfig config) throws StartException {
        return switch (config.provider()) {
            case "file" -> {
                if (config.keyFile().isEmpty()) {
                    throw wrong("key-file", "not set (expected: a file with keys)", null);
                }
                try {
                    yield KeyFile.open(Path.of(config.keyFile()));
                } catch (IOException | KeyServiceException e) {
                    throw wrong("key-file", String.valueOf(e.getMessage()), e);
                }
            }
            case "http" -> new HttpKeyService(url(config), config.timeout());
            case "cpix" -> new CpixKeyService(url(config), systems(config), config.timeout());
            default ->
                    throw wrong(
                            "provider",
                            config.provider() + " (expected: file, http or cpix)",
                            null);
        };
    }

    private static URI url(EncryptionConfig config) throws StartException {
        URI url;
        try {
            url = URI.create(config.url());
        } catch (IllegalArgumentException e) {
            throw wrong("url", "no URL", e);
        }
        if (url.getHost() == null || !String.valueOf(url.getScheme()).matches("https?")) {
            throw wrong("url", "not set (expected: the key service's http or https URL)", null);
        }
        return url;
    }

    private static List<UUID> systems(EncryptionConfig config) throws StartException {
        List<UUID> systems = new ArrayList<>();
        for (String name : config.systems()) {
            systems.add(
                    switch (name) {
                        case "widevine" -> PsshBox.WIDEVINE;
                        case "playready" -> PsshBox.PLAYREADY;
                        case "fairplay" -> PsshBox.FAIRPLAY;
                        default -> {
                            try {
                                yield UUID.fromString(name);
                            } catch (IllegalArgumentException e) {
                                throw wrong("systems", name + " (expected: a UUID)", e);
                            }
                        }
                    });
        }
        return systems;
    }

    private static StartException wrong(String key, String what, @Nullable Throwable cause) {
        String message = "delivery.encryption." + key + ": " + what;
        return cause == null ? new StartException(message) : new StartException(message, cause);
    }
}
