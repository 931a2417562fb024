package io.millrace.delivery.webvtt;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Writes TTML (IMSC 1 text profile) from cues: what DASH's `stpp` carries, one document a
/// fragment.
///
/// WebVTT's bold, italic and underline become spans; classes, voices, rubies and languages lose
/// their tags and keep their text. Of the settings, text at the top stays at the top; the rest is
/// centred at the bottom, where players of TTML put it anyhow.
public final class TtmlWriter {
    private TtmlWriter() {}

    /// The cues of `[fromMs, toMs)`, cut to it where they reach beyond: times are those of the
    /// presentation, and fragments may not speak of others' time.
    ///
    /// @param language BCP 47, or empty
    public static String write(
            Subtitles subtitles, long fromMs, long toMs, long shiftMs, String language) {
        List<Cue> cues = subtitles.between(fromMs, toMs);
        StringBuilder out = new StringBuilder(1024 + 160 * cues.size());
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.append("<tt xmlns=\"http://www.w3.org/ns/ttml\"");
        out.append(" xmlns:ttp=\"http://www.w3.org/ns/ttml#parameter\"");
        out.append(" xmlns:tts=\"http://www.w3.org/ns/ttml#styling\"");
        out.append(" ttp:profile=\"http://www.w3.org/ns/ttml/profile/imsc1/text\"");
        out.append(" ttp:timeBase=\"media\" ttp:cellResolution=\"32 15\" xml:lang=\"");
        escape(out, language);
        out.append("\" xml:space=\"preserve\"><head><styling>");
        out.append("<style xml:id=\"s\" tts:fontFamily=\"proportionalSansSerif\"");
        out.append(" tts:fontSize=\"100%\" tts:lineHeight=\"normal\" tts:textAlign=\"center\"");
        out.append(" tts:color=\"white\" tts:backgroundColor=\"#000000C0\"/></styling><layout>");
        region(out, "b", "after");
        region(out, "t", "before");
        out.append("</layout></head><body><div>");
        for (Cue cue : cues) {
            boolean top = cue.settings().contains("line:0");
            out.append("\n<p region=\"").append(top ? 't' : 'b').append("\" style=\"s\" begin=\"");
            CueTime.append(out, Math.max(cue.startMs(), fromMs) + shiftMs).append("\" end=\"");
            CueTime.append(out, Math.min(cue.endMs(), toMs) + shiftMs).append("\">");
            text(out, cue.payload());
            out.append("</p>");
        }
        return out.append("\n</div></body></tt>\n").toString();
    }

    private static void region(StringBuilder out, String id, String align) {
        out.append("<region xml:id=\"").append(id);
        out.append("\" tts:origin=\"5% 5%\" tts:extent=\"90% 90%\" tts:displayAlign=\"");
        out.append(align).append("\"/>");
    }

    /// WebVTT cue text as TTML's.
    static void text(StringBuilder out, String payload) {
        Deque<String> open = new ArrayDeque<>();
        int at = 0;
        while (at < payload.length()) {
            char c = payload.charAt(at);
            int end = c == '<' ? payload.indexOf('>', at) : -1;
            if (end > at) {
                tag(out, payload.substring(at + 1, end), open);
                at = end + 1;
            } else if (c == '&') {
                at = reference(out, payload, at);
            } else {
                character(out, c);
                at++;
            }
        }
        while (!open.isEmpty()) {
            close(out, open.pop());
        }
    }

    private static void tag(StringBuilder out, String tag, Deque<String> open) {
        if (tag.startsWith("/")) {
            String name = tag.substring(1).strip();
            // A tag closed out of order closes what is inside it.
            if (open.contains(name)) {
                String popped;
                do {
                    popped = open.pop();
                    close(out, popped);
                } while (!popped.equals(name));
            }
            return;
        }
        int end = 0;
        while (end < tag.length() && Character.isLetter(tag.charAt(end))) {
            end++;
        }
        String name = tag.substring(0, end);
        String style =
                switch (name) {
                    case "b" -> "tts:fontWeight=\"bold\"";
                    case "i" -> "tts:fontStyle=\"italic\"";
                    case "u" -> "tts:textDecoration=\"underline\"";
                    default -> "";
                };
        if (!style.isEmpty()) {
            out.append("<span ").append(style).append('>');
            open.push(name);
        }
    }

    private static void close(StringBuilder out, String name) {
        if (!name.isEmpty()) {
            out.append("</span>");
        }
    }

    /// @return where the text goes on
    private static int reference(StringBuilder out, String payload, int at) {
        int end = payload.indexOf(';', at);
        if (end > at && end - at < 8) {
            String character =
                    switch (payload.substring(at + 1, end)) {
                        case "amp" -> "&amp;";
                        case "lt" -> "&lt;";
                        case "gt" -> "&gt;";
                        case "quot" -> "\"";
                        case "nbsp" -> "\u00A0";
                        case "lrm" -> "\u200E";
                        case "rlm" -> "\u200F";
                        default -> "";
                    };
            if (!character.isEmpty()) {
                out.append(character);
                return end + 1;
            }
        }
        out.append("&amp;");
        return at + 1;
    }

    private static void escape(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            character(out, text.charAt(i));
        }
    }

    private static void character(StringBuilder out, char c) {
        switch (c) {
            case '\n' -> out.append("<br/>");
            case '<' -> out.append("&lt;");
            case '>' -> out.append("&gt;");
            case '&' -> out.append("&amp;");
            case '"' -> out.append("&quot;");
            // XML 1.0 has no other control characters, nor these two.
            case '\uFFFE', '\uFFFF' -> out.append('\uFFFD');
            default -> out.append(c < ' ' && c != '\t' ? ' ' : c);
        }
    }
}
