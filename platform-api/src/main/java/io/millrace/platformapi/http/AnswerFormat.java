package io.millrace.platformapi.http;

import io.millrace.platformapi.model.WireObject;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// The forms an answer can have, by the number that `format` gives (kaltura-v3 a.4).
///
/// What is written: `String`, `Number`, `Boolean`, null, {@link WireObject}, {@link ApiException}
/// (an error, also as an element of a multirequest's list), `List` and `Map`.
enum AnswerFormat {
    JSON("application/json"),
    XML("text/xml"),
    JSONP("application/javascript");

    private static final Pattern CALLBACK = Pattern.compile("[0-9A-Za-z_.]{1,200}");
    private static final JsonFactory FACTORY = JsonFactory.builder().build();

    private final String contentType;

    AnswerFormat(String contentType) {
        this.contentType = contentType;
    }

    /// @param format as the client sent it; null or empty: the default, XML
    static AnswerFormat of(@Nullable String format) {
        return switch (format == null ? "" : format.strip()) {
            case "1" -> JSON;
            case "", "2" -> XML;
            case "9" -> JSONP;
            case String other ->
                    throw ApiException.of(
                            "UNKNOWN_RESPONSE_FORMAT",
                            "Response format [" + other + "] is not supported",
                            "FORMAT",
                            other);
        };
    }

    /// @param ignoreNull leave null members out of XML; JSON never has them
    /// @param callback for JSONP
    ApiResponse write(
            @Nullable Object result,
            boolean ignoreNull,
            @Nullable String callback,
            double seconds) {
        return switch (this) {
            case JSON -> ApiResponse.text(200, contentType, json(result));
            case XML -> ApiResponse.text(200, contentType, xml(result, ignoreNull, seconds));
            case JSONP -> {
                if (callback == null || !CALLBACK.matcher(callback).matches()) {
                    var error =
                            ApiException.of(
                                    "INVALID_CALLBACK",
                                    "The callback's name may have letters, digits, _ and . only");
                    yield ApiResponse.text(200, JSON.contentType, json(error));
                }
                yield ApiResponse.text(200, contentType, callback + "(" + json(result) + ");");
            }
        };
    }

    private static String json(@Nullable Object result) {
        var text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(ObjectWriteContext.empty(), text)) {
            json(out, result);
        }
        return text.toString();
    }

    private static void json(JsonGenerator out, @Nullable Object value) {
        switch (value) {
            case null -> out.writeNull();
            case WireObject(String objectType, Map<String, @Nullable Object> members) -> {
                out.writeStartObject();
                members.forEach(
                        (name, member) -> {
                            if (member != null) {
                                out.writeName(name);
                                json(out, member);
                            }
                        });
                out.writeStringProperty("objectType", objectType);
                out.writeEndObject();
            }
            case ApiException error -> {
                out.writeStartObject();
                out.writeStringProperty("code", error.code());
                out.writeStringProperty("message", error.text());
                out.writeStringProperty("objectType", "KalturaAPIException");
                out.writeObjectPropertyStart("args");
                error.args().forEach(out::writeStringProperty);
                out.writeEndObject();
                out.writeEndObject();
            }
            case List<?> list -> {
                out.writeStartArray();
                list.forEach(element -> json(out, element));
                out.writeEndArray();
            }
            case Map<?, ?> map -> {
                out.writeStartObject();
                map.forEach(
                        (name, member) -> {
                            out.writeName(String.valueOf(name));
                            json(out, member);
                        });
                out.writeEndObject();
            }
            case String text -> out.writeString(text);
            case Integer number -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case Double number -> {
                if (number == Math.rint(number) && Math.abs(number) < 1e15) {
                    out.writeNumber(number.longValue());
                } else {
                    out.writeNumber(number);
                }
            }
            case Boolean bool -> out.writeBoolean(bool);
            default ->
                    throw new IllegalArgumentException(
                            "value: a " + value.getClass() + " has no form in JSON");
        }
    }

    private static String xml(@Nullable Object result, boolean ignoreNull, double seconds) {
        var out = new StringBuilder("<?xml version=\"1.0\" encoding=\"utf-8\"?><xml><result>");
        xml(out, result, ignoreNull);
        out.append("</result><executionTime>")
                .append(String.format(Locale.ROOT, "%.4f", seconds))
                .append("</executionTime></xml>");
        return out.toString();
    }

    private static void xml(StringBuilder out, @Nullable Object value, boolean ignoreNull) {
        switch (value) {
            case null -> {}
            case WireObject(String objectType, Map<String, @Nullable Object> members) -> {
                element(out, "objectType", objectType);
                members.forEach(
                        (name, member) -> {
                            if (member != null || !ignoreNull) {
                                out.append('<').append(name).append('>');
                                xml(out, member, ignoreNull);
                                out.append("</").append(name).append('>');
                            }
                        });
            }
            case ApiException error -> {
                out.append("<error>");
                element(out, "code", error.code());
                element(out, "message", error.text());
                element(out, "objectType", "KalturaAPIException");
                out.append("<args>");
                error.args()
                        .forEach(
                                (name, arg) -> {
                                    out.append("<item>");
                                    element(out, "objectType", "KalturaApiExceptionArg");
                                    element(out, "name", name);
                                    element(out, "value", arg);
                                    out.append("</item>");
                                });
                out.append("</args></error>");
            }
            case List<?> list ->
                    list.forEach(
                            member -> {
                                out.append("<item>");
                                xml(out, member, ignoreNull);
                                out.append("</item>");
                            });
            case Map<?, ?> map ->
                    map.forEach(
                            (key, member) -> {
                                out.append("<item>");
                                element(out, "itemKey", String.valueOf(key));
                                xml(out, member, ignoreNull);
                                out.append("</item>");
                            });
            case Boolean bool -> out.append(bool ? '1' : '0');
            case Double number ->
                    out.append(
                            number == Math.rint(number) && Math.abs(number) < 1e15
                                    ? number.longValue() + ""
                                    : number + "");
            default -> escape(out, value.toString());
        }
    }

    private static void element(StringBuilder out, String name, String text) {
        out.append('<').append(name).append('>');
        escape(out, text);
        out.append("</").append(name).append('>');
    }

    /// What XML 1.0 does not have as a character is left out.
    private static void escape(StringBuilder out, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#039;");
                default -> {
                    if (Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        out.append(c).append(text.charAt(++i));
                    } else if (c >= 0x20
                            ? !Character.isSurrogate(c) && c < 0xFFFE
                            : c == '\n' || c == '\t' || c == '\r') {
                        out.append(c);
                    }
                }
            }
        }
    }
}
