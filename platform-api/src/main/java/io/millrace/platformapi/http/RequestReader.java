package io.millrace.platformapi.http;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Reads the parameters of a request from all their sources (kaltura-v3 a.1, a.2): body, files,
/// query, path. Stateless, thread-safe.
final class RequestReader {
    private static final int MAX_JSON_DEPTH = 40;
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(MAX_JSON_DEPTH)
                                    .maxNumberLength(40)
                                    .maxStringLength(ApiRequest.MAX_BODY_BYTES)
                                    .build())
                    .build();

    private RequestReader() {}

    static Map<String, Object> read(ApiRequest request) {
        var tree = new ParameterTree();
        if (request.body().length > ApiRequest.MAX_BODY_BYTES) {
            throw new ApiException(
                    "MAX_REQUEST_SIZE_EXCEEDED",
                    "The body may have at most " + ApiRequest.MAX_BODY_BYTES + " bytes");
        }
        readBody(tree, request);
        for (ApiRequest.FormField field : request.fields()) {
            // A JSON body beside file parts; the Node client gives it no content type.
            if (field.name().equals("json")) {
                tree.addAll(json(field.value().getBytes(StandardCharsets.UTF_8)));
            } else {
                tree.add(field.name(), field.value());
            }
        }
        for (UploadedFile file : request.files()) {
            tree.add(file.name(), file);
        }
        readForm(tree, request.rawQuery());
        readPath(tree, request.path());
        return tree.root();
    }

    private static void readBody(ParameterTree tree, ApiRequest request) {
        if (request.body().length == 0) {
            return;
        }
        String contentType = request.header("content-type").toLowerCase(Locale.ROOT);
        if (contentType.startsWith("application/json") || contentType.startsWith("text/json")) {
            tree.addAll(json(request.body()));
        } else {
            String text = new String(request.body(), StandardCharsets.UTF_8);
            // Some clients forget the type of their JSON; no form starts with a brace.
            if (text.stripLeading().startsWith("{")) {
                tree.addAll(json(request.body()));
            } else {
                readForm(tree, text);
            }
        }
    }

    private static void readForm(ParameterTree tree, String form) {
        int start = 0;
        while (start < form.length()) {
            int end = form.indexOf('&', start);
            if (end < 0) {
                end = form.length();
            }
            int equals = form.indexOf('=', start);
            if (end > start) {
                boolean hasValue = equals >= 0 && equals < end;
                String key = decode(form.substring(start, hasValue ? equals : end), true);
                if (!key.isEmpty()) {
                    tree.add(key, hasValue ? decode(form.substring(equals + 1, end), true) : "");
                }
            }
            start = end + 1;
        }
    }

    /// `/api_v3[/index.php]/key/value/key/value…`, of which `service/S/action/A` are the usual
    /// first two.
    private static void readPath(ParameterTree tree, String path) {
        String[] segments = path.split("/", -1);
        int i = 0;
        while (i < segments.length && segments[i].isEmpty()) {
            i++;
        }
        i++;
        if (i < segments.length && segments[i].equals("index.php")) {
            i++;
        }
        for (; i < segments.length; i += 2) {
            if (segments[i].isEmpty()) {
                // A double slash, or one at the end.
                i--;
                continue;
            }
            tree.add(
                    decode(segments[i], false),
                    i + 1 < segments.length ? decode(segments[i + 1], false) : "");
        }
    }

    private static String decode(String text, boolean plusIsBlank) {
        if (text.indexOf('%') < 0 && (!plusIsBlank || text.indexOf('+') < 0)) {
            return text;
        }
        try {
            return URLDecoder.decode(
                    plusIsBlank ? text : text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException _) {
            // PHP leaves a percent sign that starts no code where it is.
            return text;
        }
    }

    /// A JSON object as maps and lists; null members are left out ("not sent").
    private static Map<String, Object> json(byte[] body) {
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), body)) {
            JsonToken first = in.nextToken();
            if (first == null) {
                return Map.of();
            }
            if (first != JsonToken.START_OBJECT) {
                throw notJson("an object is expected");
            }
            var count = new int[1];
            Map<String, Object> object = object(in, count);
            if (in.nextToken() != null) {
                throw notJson("there is text after the object");
            }
            return object;
        } catch (JacksonException e) {
            throw notJson(String.valueOf(e.getOriginalMessage()));
        }
    }

    private static ApiException notJson(String why) {
        return ApiException.of(
                "INVALID_JSON", "The request's JSON cannot be read: " + why, "REASON", why);
    }

    private static Map<String, Object> object(JsonParser in, int[] count) {
        var map = new LinkedHashMap<String, Object>();
        while (in.nextToken() != JsonToken.END_OBJECT) {
            String name = in.currentName();
            in.nextToken();
            Object value = value(in, count);
            if (value != null) {
                map.put(name, value);
            }
        }
        return map;
    }

    private static @Nullable Object value(JsonParser in, int[] count) {
        if (++count[0] > ParameterTree.MAX_PARAMETERS) {
            throw new ApiException(
                    "MAX_PARAMETERS_EXCEEDED",
                    "A request may have at most " + ParameterTree.MAX_PARAMETERS + " parameters");
        }
        return switch (in.currentToken()) {
            case START_OBJECT -> object(in, count);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    Object element = value(in, count);
                    if (element != null) {
                        list.add(element);
                    }
                }
                yield list;
            }
            case VALUE_STRING -> in.getString();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getNumberValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default -> throw notJson("unexpected " + in.currentToken());
        };
    }
}
