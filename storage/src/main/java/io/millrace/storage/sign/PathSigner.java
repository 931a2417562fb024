package io.millrace.storage.sign;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs a path prefix, so that a delivery node can serve everything below it without asking
/// anyone.
///
/// A token is one path segment, `{expiry}.{keyId}.{segments}.{signature}`:
///
/// | field     | form                                                                                          |
/// |-----------|-----------------------------------------------------------------------------------------------|
/// | expiry    | Unix seconds in base 36; `0` never expires                                                    |
/// | keyId     | which key signed, so that keys can be rotated                                                 |
/// | segments  | how many leading segments of the path are covered, decimal; followed by `a` when the token is |
/// |           | for one client address                                                                        |
/// | signature | base64url without padding of the first 16 bytes of HMAC-SHA-256(key, expiry LF prefix), where |
/// |           | prefix is the covered segments, each followed by `/`; with an address, LF and the address     |
/// |           | (RFC 5952 where it is IPv6) follow                                                            |
///
/// The token stands in the path before what it covers (`/vod/hls/s/{token}/content/entry/…`), so
/// relative URIs in playlists carry it on by themselves. Thread-safe.
public final class PathSigner {
    private static final int SIGNATURE_BYTES = 16;
    private static final String ADDRESS_MARK = "a";

    private final Map<String, SecretKeySpec> keys;
    private final String activeKeyId;

    /// @param keys key id → secret, at least 16 bytes each; the first signs, all are accepted
    public PathSigner(LinkedHashMap<String, byte[]> keys) {
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("keys: empty (expected: at least one)");
        }
        var specs = new LinkedHashMap<String, SecretKeySpec>();
        keys.forEach(
                (id, secret) -> {
                    if (!id.matches("[A-Za-z0-9]{1,16}")) {
                        throw new IllegalArgumentException(
                                "key id: " + id + " (expected: 1..16 letters or digits)");
                    }
                    if (secret.length < 16) {
                        throw new IllegalArgumentException(
                                "key " + id + ": too short (expected: >= 16 bytes)");
                    }
                    specs.put(id, new SecretKeySpec(secret, "HmacSHA256"));
                });
        this.keys = Map.copyOf(specs);
        this.activeKeyId = specs.firstEntry().getKey();
    }

    /// Signs `prefix`, whole segments each followed by `/`, until `expiry` (null: for ever).
    public String sign(String prefix, @Nullable Instant expiry) {
        return sign(prefix, expiry, null);
    }

    /// @param address the only client that the token is for, as text; null for any
    public String sign(String prefix, @Nullable Instant expiry, @Nullable String address) {
        if (!prefix.endsWith("/") || prefix.startsWith("/")) {
            throw new IllegalArgumentException(
                    "prefix: " + prefix + " (expected: segments each followed by /)");
        }
        String expiryText = expiry == null ? "0" : Long.toString(expiry.getEpochSecond(), 36);
        long segments = prefix.chars().filter(c -> c == '/').count();
        return expiryText
                + '.'
                + activeKeyId
                + '.'
                + segments
                + (address == null ? "" : ADDRESS_MARK)
                + '.'
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(mac(activeKeyId, expiryText, prefix, address));
    }

    /// What a token says about a path.
    public enum Verdict {
        VALID,
        EXPIRED,
        INVALID,
        OTHER_ADDRESS
    }

    /// Checks a token against the path that follows it (no leading `/`). A token for one address is
    /// INVALID here.
    public Verdict verify(String token, String path, Instant now) {
        return verify(token, List.of(path), now, null);
    }

    /// Checks a token against paths that it must all cover.
    ///
    /// @param address of the client, as {@link #sign} was given it; null when not known
    public Verdict verify(String token, List<String> paths, Instant now, @Nullable String address) {
        String[] fields = token.split("\\.", -1);
        if (fields.length != 4 || !keys.containsKey(fields[1]) || paths.isEmpty()) {
            return Verdict.INVALID;
        }
        boolean forOneAddress = fields[2].endsWith(ADDRESS_MARK);
        if (forOneAddress && address == null) {
            return Verdict.INVALID;
        }
        long expirySeconds;
        int segments;
        byte[] signature;
        try {
            expirySeconds = Long.parseLong(fields[0], 36);
            segments =
                    Integer.parseInt(
                            fields[2], 0, fields[2].length() - (forOneAddress ? 1 : 0), 10);
            signature = Base64.getUrlDecoder().decode(fields[3]);
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
            return Verdict.INVALID;
        }
        String verified = null;
        for (String path : paths) {
            if (verified != null && path.startsWith(verified)) {
                continue;
            }
            String prefix = prefix(path, segments);
            if (prefix == null
                    || !MessageDigest.isEqual(
                            signature,
                            mac(fields[1], fields[0], prefix, forOneAddress ? address : null))) {
                // Of an address that is not covered nothing can be said but that.
                return forOneAddress ? Verdict.OTHER_ADDRESS : Verdict.INVALID;
            }
            verified = prefix;
        }
        return expirySeconds != 0 && now.getEpochSecond() >= expirySeconds
                ? Verdict.EXPIRED
                : Verdict.VALID;
    }

    /// The first segments of a path, each followed by `/`; null when it has fewer.
    private static @Nullable String prefix(String path, int segments) {
        int end = 0;
        for (int i = 0; i < segments; i++) {
            int slash = path.indexOf('/', end);
            if (slash < 0) {
                return null;
            }
            end = slash + 1;
        }
        return segments < 1 ? null : path.substring(0, end);
    }

    private byte[] mac(String keyId, String expiryText, String prefix, @Nullable String address) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(keys.get(keyId));
            mac.update(expiryText.getBytes(StandardCharsets.US_ASCII));
            mac.update((byte) '\n');
            mac.update(prefix.getBytes(StandardCharsets.UTF_8));
            if (address != null) {
                mac.update((byte) '\n');
                mac.update(address.getBytes(StandardCharsets.US_ASCII));
            }
            byte[] full = mac.doFinal();
            return java.util.Arrays.copyOf(full, SIGNATURE_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is missing from this JDK", e);
        }
    }
}
