package io.millrace.delivery.media;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// Languages as files say them (ISO 639-2, three letters) and as manifests want them (BCP 47: two
/// letters where the language has them).
public final class LanguageTag {
    private static final Map<String, String> TWO_LETTERS = twoLetters();

    private LanguageTag() {}

    private static Map<String, String> twoLetters() {
        Map<String, String> map = new HashMap<>();
        for (String two : Locale.getISOLanguages()) {
            map.put(Locale.of(two).getISO3Language(), two);
        }
        // The codes of ISO 639-2/B that differ from those of /T, which the JDK knows.
        String[] bibliographic = {
            "alb", "sq", "arm", "hy", "baq", "eu", "bur", "my", "chi", "zh", "cze", "cs", "dut",
            "nl", "fre", "fr", "geo", "ka", "ger", "de", "gre", "el", "ice", "is", "mac", "mk",
            "mao", "mi", "may", "ms", "per", "fa", "rum", "ro", "slo", "sk", "tib", "bo", "wel",
            "cy"
        };
        for (int i = 0; i < bibliographic.length; i += 2) {
            map.put(bibliographic[i], bibliographic[i + 1]);
        }
        return Map.copyOf(map);
    }

    /// Null for "undetermined", and for what is no language tag.
    public static @Nullable String bcp47(String language) {
        String code = language.strip();
        if (code.isEmpty() || code.equalsIgnoreCase("und")) {
            return null;
        }
        for (int i = 0; i < code.length(); i++) {
            char c = code.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
            if (!letter && (i == 0 || c != '-' && (c < '0' || c > '9'))) {
                return null;
            }
        }
        return TWO_LETTERS.getOrDefault(code.toLowerCase(Locale.ROOT), code);
    }

    /// The name of a language in English, like `German`.
    ///
    /// @param tag BCP 47
    public static String name(String tag) {
        return Locale.forLanguageTag(tag).getDisplayName(Locale.ENGLISH);
    }
}
