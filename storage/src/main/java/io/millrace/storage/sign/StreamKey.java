package io.millrace.storage.sign;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Keys that open a stream to a publisher: the stream's own, which is good for ever, and temporary
/// ones made of it, `{expiry}.{who}.{signature}`:
///
/// | field     | form                                                                             |
/// |-----------|----------------------------------------------------------------------------------|
/// | expiry    | Unix seconds in base 36; `0` never expires                                       |
/// | who       | `any`, or `ip` when the key is for one address                                   |
/// | signature | base64url without padding of the first 16 bytes of HMAC-SHA-256(the stream's own |
/// |           | key, `publish` LF stream LF expiry), with an address followed by LF and it: IPv4 |
/// |           | in dotted decimals, IPv6 as eight numbers (`2001:db8:0:0:0:0:0:1`)               |
///
/// Nothing has to be stored: whoever has the stream's key can make them, and a new one makes them
/// all void. Thread-safe.
public final class StreamKey {
    private static final int SIGNATURE_BYTES = 16;
    private static final Pattern TEMPORARY =
            Pattern.compile("([0-9a-z]{1,12})\\.(any|ip)\\.([A-Za-z0-9_-]{22})");
    private static final String ONE_ADDRESS = "ip";

    private StreamKey() {}

    /// What a presented key is.
    public enum Verdict {
        VALID,
        EXPIRED,
        /// Wrong, or for another address: which of the two cannot be known.
        WRONG
    }

    /// A key that is good until `expiry` (null: for ever), from `address` only (null: from any).
    ///
    /// @param key the stream's own
    /// @param stream its name: an entry's id
    /// @throws IllegalArgumentException for what is no IP address, and a time before 1970
    public static String temporary(
            String key, String stream, @Nullable Instant expiry, @Nullable String address) {
        if (expiry != null && expiry.getEpochSecond() <= 0) {
            throw new IllegalArgumentException("expiry: " + expiry + " (expected: after 1970)");
        }
        String until = expiry == null ? "0" : Long.toString(expiry.getEpochSecond(), 36);
        return until
                + (address == null ? ".any." : '.' + ONE_ADDRESS + '.')
                + signature(key, stream, until, address == null ? null : canonical(address));
    }

    /// One text for each address, however it was written.
    private static String canonical(String address) {
        return InetAddress.ofLiteral(address).getHostAddress();
    }

    /// Whether a key is a temporary one, by its form.
    public static boolean isTemporary(String presented) {
        return TEMPORARY.matcher(presented).matches();
    }

    /// @param address of who presents it
    public static Verdict check(
            String presented, String key, String stream, Instant now, String address) {
        if (same(presented, key)) {
            return Verdict.VALID;
        }
        Matcher fields = TEMPORARY.matcher(presented);
        if (!fields.matches()) {
            return Verdict.WRONG;
        }
        String until = fields.group(1);
        String from = null;
        if (fields.group(2).equals(ONE_ADDRESS)) {
            try {
                from = canonical(address);
            } catch (IllegalArgumentException _) {
                return Verdict.WRONG; // not known
            }
        }
        if (!same(fields.group(3), signature(key, stream, until, from))) {
            return Verdict.WRONG;
        }
        long expiry = Long.parseLong(until, 36);
        return expiry != 0 && now.getEpochSecond() >= expiry ? Verdict.EXPIRED : Verdict.VALID;
    }

    /// Takes as long whatever differs.
    private static boolean same(String a, String b) {
        return MessageDigest.isEqual(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }

    private static String signature(
            String key, String stream, String until, @Nullable String address) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            String text =
                    "publish\n" + stream + '\n' + until + (address == null ? "" : '\n' + address);
            byte[] full = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(full, SIGNATURE_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HMAC-SHA-256 is missing from this JDK", e);
        }
    }
}
