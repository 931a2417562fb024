package io.millrace.platformapi.session;

import org.jspecify.annotations.Nullable;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// The two layouts of a token, version 1 (signed text) and version 2 (encrypted); kaltura-v3 b.1
/// and b.2.
///
/// Reading is in two steps, because the partner that the token names in clear decides which secrets
/// may have signed it: {@link #open} and then {@link Opened#verify}. Stateless, thread-safe.
public final class KsFormat {
    /// Longer ones are refused unread; real ones are some hundred characters.
    static final int MAX_CHARACTERS = 8192;

    private static final byte[] V2_PREFIX = "v2|".getBytes(StandardCharsets.ISO_8859_1);
    private static final int SHA1_BYTES = 20;
    private static final int BLOCK_BYTES = 16;
    private static final int HEX_HASH = 40;
    private static final SecureRandom RANDOM = new SecureRandom();

    private KsFormat() {}

    /// A token whose partner is known and whose signature is not checked yet.
    ///
    /// @param payload version 1: the signed text; version 2: the cipher text
    /// @param hash version 1: the signature in hex; version 2: empty
    public record Opened(String text, int version, int partnerId, byte[] payload, String hash) {
        /// The token, if one of the secrets signed it.
        public Optional<Ks> verify(List<String> secrets) {
            for (String secret : secrets) {
                Optional<Ks> ks = version == 2 ? readV2(this, secret) : readV1(this, secret);
                if (ks.isPresent()) {
                    return ks;
                }
            }
            return Optional.empty();
        }
    }

    public static Optional<Opened> open(String text) {
        if (text.isEmpty() || text.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        byte[] bytes = decode(text);
        if (bytes == null) {
            return Optional.empty();
        }
        if (bytes.length > V2_PREFIX.length
                && Arrays.equals(bytes, 0, V2_PREFIX.length, V2_PREFIX, 0, V2_PREFIX.length)) {
            int bar = V2_PREFIX.length;
            while (bar < bytes.length && bytes[bar] != '|') {
                bar++;
            }
            String partner =
                    new String(
                            bytes,
                            V2_PREFIX.length,
                            bar - V2_PREFIX.length,
                            StandardCharsets.ISO_8859_1);
            Integer partnerId = number(partner);
            // It is not signed: another spelling (`0102`) would be another name of the same token.
            if (partnerId != null && !partner.equals(partnerId.toString())) {
                return Optional.empty();
            }
            int cipherBytes = bytes.length - bar - 1;
            if (partnerId == null
                    || cipherBytes < SHA1_BYTES + BLOCK_BYTES
                    || cipherBytes % BLOCK_BYTES != 0) {
                return Optional.empty();
            }
            return Optional.of(
                    new Opened(
                            text,
                            2,
                            partnerId,
                            Arrays.copyOfRange(bytes, bar + 1, bytes.length),
                            ""));
        }
        if (bytes.length <= HEX_HASH || bytes[HEX_HASH] != '|') {
            return Optional.empty();
        }
        byte[] info = Arrays.copyOfRange(bytes, HEX_HASH + 1, bytes.length);
        String infoText = new String(info, StandardCharsets.UTF_8);
        int semicolon = infoText.indexOf(';');
        Integer partnerId = semicolon < 0 ? null : number(infoText.substring(0, semicolon));
        return partnerId == null
                ? Optional.empty()
                : Optional.of(
                        new Opened(
                                text,
                                1,
                                partnerId,
                                info,
                                new String(bytes, 0, HEX_HASH, StandardCharsets.ISO_8859_1)));
    }

    private static Optional<Ks> readV1(Opened opened, String secret) {
        byte[] expected =
                HexFormat.of()
                        .formatHex(sha1(secret.getBytes(StandardCharsets.UTF_8), opened.payload()))
                        .getBytes(StandardCharsets.ISO_8859_1);
        if (!MessageDigest.isEqual(expected, opened.hash().getBytes(StandardCharsets.ISO_8859_1))) {
            return Optional.empty();
        }
        String[] part = new String(opened.payload(), StandardCharsets.UTF_8).split(";", -1);
        if (part.length < 3) {
            return Optional.empty();
        }
        Long expiry = longNumber(part[2]);
        Integer type = part.length > 3 ? number(part[3]) : Integer.valueOf(Ks.TYPE_USER);
        if (expiry == null || type == null) {
            return Optional.empty();
        }
        return Optional.of(
                new Ks(
                        opened.text(),
                        opened.partnerId(),
                        type,
                        part.length > 5 ? part[5] : "",
                        expiry,
                        part.length > 6 ? Privileges.parse(part[6]) : Privileges.NONE,
                        part.length > 7 ? number(part[7]) : null,
                        part.length > 8 && !part[8].isEmpty() ? part[8] : null));
    }

    private static Optional<Ks> readV2(Opened opened, String secret) {
        byte[] plain = aes(Cipher.DECRYPT_MODE, secret, opened.payload());
        int end = plain.length;
        while (end > 0 && plain[end - 1] == 0) {
            end--;
        }
        // A random part that ends in zeros would only shorten `fields`, which never ends in one.
        if (end < SHA1_BYTES + BLOCK_BYTES) {
            return Optional.empty();
        }
        byte[] signed = Arrays.copyOfRange(plain, SHA1_BYTES, end);
        if (!MessageDigest.isEqual(sha1(signed), Arrays.copyOf(plain, SHA1_BYTES))) {
            return Optional.empty();
        }
        String fields =
                new String(
                        signed, BLOCK_BYTES, signed.length - BLOCK_BYTES, StandardCharsets.UTF_8);
        var privileges = new LinkedHashMap<String, List<String>>();
        Map<String, String> own = new LinkedHashMap<>();
        for (String pair : fields.split("&")) {
            int equals = pair.indexOf('=');
            String name = urlDecode(equals < 0 ? pair : pair.substring(0, equals));
            String value = equals < 0 ? "" : urlDecode(pair.substring(equals + 1));
            if (name.startsWith("_")) {
                own.put(name, value);
            } else if (name.equals("*")) {
                Privileges.add(privileges, "all", "*");
            } else if (!name.isEmpty()) {
                Privileges.add(privileges, name, value);
            }
        }
        Long expiry = longNumber(own.getOrDefault("_e", ""));
        Integer type = number(own.getOrDefault("_t", "0"));
        if (expiry == null || type == null) {
            return Optional.empty();
        }
        return Optional.of(
                new Ks(
                        opened.text(),
                        opened.partnerId(),
                        type,
                        own.getOrDefault("_u", ""),
                        expiry,
                        new Privileges(privileges),
                        number(own.getOrDefault("_m", "")),
                        own.get("_d")));
    }

    /// Makes a version 2 token.
    ///
    /// @param expiry Unix seconds
    /// @param masterPartnerId null unless another partner acts through the token
    public static String makeV2(
            int partnerId,
            String secret,
            int type,
            String userId,
            long expiry,
            Privileges privileges,
            @Nullable Integer masterPartnerId) {
        byte[] random = new byte[BLOCK_BYTES];
        RANDOM.nextBytes(random);
        return makeV2(partnerId, secret, type, userId, expiry, privileges, masterPartnerId, random);
    }

    static String makeV2(
            int partnerId,
            String secret,
            int type,
            String userId,
            long expiry,
            Privileges privileges,
            @Nullable Integer masterPartnerId,
            byte[] random) {
        var fields = new StringBuilder();
        privileges
                .values()
                .forEach(
                        (name, values) ->
                                fields.append(urlEncode(name))
                                        .append('=')
                                        .append(
                                                urlEncode(
                                                        String.join(
                                                                name.equals("urirestrict")
                                                                        ? "|"
                                                                        : "/",
                                                                values)))
                                        .append('&'));
        fields.append("_e=").append(expiry);
        if (!userId.isEmpty()) {
            fields.append("&_u=").append(urlEncode(userId));
        }
        fields.append("&_t=").append(type);
        if (masterPartnerId != null) {
            fields.append("&_m=").append(masterPartnerId);
        }
        byte[] fieldBytes = fields.toString().getBytes(StandardCharsets.UTF_8);
        int length = SHA1_BYTES + random.length + fieldBytes.length;
        int padded = (length + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        byte[] plain =
                ByteBuffer.allocate(padded)
                        .put(sha1(random, fieldBytes))
                        .put(random)
                        .put(fieldBytes)
                        .array();
        byte[] cipher = aes(Cipher.ENCRYPT_MODE, secret, plain);
        byte[] prefix = ("v2|" + partnerId + "|").getBytes(StandardCharsets.ISO_8859_1);
        byte[] token =
                ByteBuffer.allocate(prefix.length + cipher.length).put(prefix).put(cipher).array();
        return Base64.getUrlEncoder().encodeToString(token);
    }

    /// Makes a version 1 token. User and privileges are raw in it and must not contain `;`.
    static String makeV1(
            int partnerId,
            String secret,
            int type,
            String userId,
            long expiry,
            Privileges privileges,
            String random) {
        String info =
                partnerId
                        + ";"
                        + partnerId
                        + ";"
                        + expiry
                        + ";"
                        + type
                        + ";"
                        + random
                        + ";"
                        + userId
                        + ";"
                        + privileges
                        + ";;";
        String hash =
                HexFormat.of()
                        .formatHex(
                                sha1(
                                        secret.getBytes(StandardCharsets.UTF_8),
                                        info.getBytes(StandardCharsets.UTF_8)));
        return Base64.getEncoder()
                .encodeToString((hash + "|" + info).getBytes(StandardCharsets.UTF_8));
    }

    /// Both alphabets, with or without padding, and nothing else: no blanks, no stray bits at the
    /// end, so that a token has one spelling and a changed character is a changed token.
    private static byte @Nullable [] decode(String text) {
        String standard = text.replace('-', '+').replace('_', '/');
        try {
            byte[] bytes = Base64.getDecoder().decode(standard);
            String again = Base64.getEncoder().encodeToString(bytes);
            return again.equals(standard) || withoutPadding(again).equals(standard) ? bytes : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static String withoutPadding(String base64) {
        int end = base64.length();
        while (end > 0 && base64.charAt(end - 1) == '=') {
            end--;
        }
        return base64.substring(0, end);
    }

    static byte[] sha1(byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            for (byte[] part : parts) {
                digest.update(part);
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The format fixes the mode, the zero vector and the padding; a random first block takes the
    /// vector's place.
    private static byte[] aes(int mode, String secret, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
            byte[] key = Arrays.copyOf(sha1(secret.getBytes(StandardCharsets.UTF_8)), BLOCK_BYTES);
            cipher.init(
                    mode,
                    new SecretKeySpec(key, "AES"),
                    new IvParameterSpec(new byte[BLOCK_BYTES]));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String urlEncode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A");
    }

    private static String urlDecode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            // The Java client leaves the user's name as it is, a bare % included.
            return text;
        }
    }

    private static @Nullable Integer number(String text) {
        Long value = longNumber(text);
        return value == null || value != value.intValue()
                ? null
                : Integer.valueOf(value.intValue());
    }

    private static @Nullable Long longNumber(String text) {
        try {
            return text.isEmpty() ? null : Long.valueOf(text);
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
