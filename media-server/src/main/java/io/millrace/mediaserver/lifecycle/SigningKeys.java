package io.millrace.mediaserver.lifecycle;

import io.millrace.storage.sign.PathSigner;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.LinkedHashMap;
import java.util.List;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// The keys that sign playback URLs: as configured, or one derived from the cluster's secret, so
/// that all nodes of an installation have the same without being told.
public final class SigningKeys {
    private SigningKeys() {}

    public static PathSigner signer(List<String> configured, String clusterSecret)
            throws StartException {
        var keys = new LinkedHashMap<String, byte[]>();
        for (String pair : configured) {
            int colon = pair.indexOf(':');
            if (colon < 1) {
                throw new StartException(
                        "delivery.signing-keys: expected id:secret pairs, separated by commas");
            }
            keys.put(
                    pair.substring(0, colon),
                    pair.substring(colon + 1).getBytes(StandardCharsets.UTF_8));
        }
        if (keys.isEmpty()) {
            keys.put("c1", derive(clusterSecret, "delivery URLs"));
        }
        try {
            return new PathSigner(keys);
        } catch (IllegalArgumentException e) {
            throw new StartException("delivery.signing-keys: " + e.getMessage(), e);
        }
    }

    /// HMAC-SHA-256 of a purpose under the secret.
    public static byte[] derive(String secret, String purpose) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(purpose.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is missing from this JDK", e);
        }
    }
}
