package io.millrace.delivery.dash;

import java.util.ArrayDeque;
import java.util.Deque;

/// Elements with attributes, nested and indented; attributes before children. Values are escaped.
public final class XmlWriter {
    private final StringBuilder out =
            new StringBuilder(4096).append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    private final Deque<String> open = new ArrayDeque<>();
    private boolean inTag;

    public XmlWriter open(String name) {
        if (inTag) {
            out.append(">\n");
        }
        indent();
        out.append('<').append(name);
        open.push(name);
        inTag = true;
        return this;
    }

    public XmlWriter attribute(String name, long value) {
        return attribute(name, Long.toString(value));
    }

    public XmlWriter attribute(String name, String value) {
        if (!inTag) {
            throw new IllegalStateException("attribute: " + name + " (expected: before children)");
        }
        out.append(' ').append(name).append("=\"");
        escape(value);
        out.append('"');
        return this;
    }

    /// An element that holds text alone.
    public XmlWriter element(String name, String text) {
        if (inTag) {
            out.append(">\n");
            inTag = false;
        }
        indent();
        out.append('<').append(name).append('>');
        escape(text);
        out.append("</").append(name).append(">\n");
        return this;
    }

    private void escape(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                // XML 1.0 has no other control characters, nor these two.
                case '\uFFFE', '\uFFFF' -> out.append('\uFFFD');
                default -> out.append(c < 0x20 ? ' ' : c);
            }
        }
    }

    public XmlWriter close() {
        String name = open.pop();
        if (inTag) {
            out.append("/>\n");
            inTag = false;
        } else {
            indent();
            out.append("</").append(name).append(">\n");
        }
        return this;
    }

    private void indent() {
        for (int i = 0; i < open.size(); i++) {
            out.append(' ');
        }
    }

    public String text() {
        return out.toString();
    }
}
