package io.millrace.mediaserver.config;

import java.util.Locale;

/// A number of bytes as people write it: `512`, `64KB`, `16MB`, `2GB`; a KB is 1024 bytes.
public record ByteSize(long bytes) {
    static ByteSize parse(String text) {
        String upper = text.strip().toUpperCase(Locale.ROOT);
        long unit = 1;
        String digits = upper;
        for (var suffix : new String[] {"KB", "MB", "GB", "TB"}) {
            unit *= 1024;
            if (upper.endsWith(suffix)) {
                digits = upper.substring(0, upper.length() - 2).strip();
                return new ByteSize(Math.multiplyExact(Long.parseLong(digits), unit));
            }
        }
        return new ByteSize(
                Long.parseLong(
                        digits.endsWith("B") ? digits.substring(0, digits.length() - 1) : digits));
    }

    public int asInt() {
        return Math.toIntExact(bytes);
    }
}
