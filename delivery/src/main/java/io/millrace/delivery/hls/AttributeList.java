package io.millrace.delivery.hls;

/// Appends a tag's attributes, RFC 8216 §4.2, with commas between.
final class AttributeList {
    private final StringBuilder out;
    private boolean first = true;

    AttributeList(StringBuilder out, String tag) {
        this.out = out.append(tag).append(':');
    }

    AttributeList number(String name, long value) {
        return bare(name, Long.toString(value));
    }

    /// An enumerated string, a resolution or a decimal number.
    AttributeList bare(String name, String value) {
        if (!first) {
            out.append(',');
        }
        first = false;
        out.append(name).append('=').append(value);
        return this;
    }

    /// A quoted string, from which what cannot stand in one is left out.
    AttributeList quoted(String name, String value) {
        StringBuilder safe = new StringBuilder(value.length() + 2).append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c != '"' && c != '\n' && c != '\r') {
                safe.append(c);
            }
        }
        return bare(name, safe.append('"').toString());
    }

    void end() {
        out.append('\n');
    }
}
