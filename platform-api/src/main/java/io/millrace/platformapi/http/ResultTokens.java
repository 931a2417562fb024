package io.millrace.platformapi.http;

import io.millrace.platformapi.model.WireObject;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts earlier results into the parameters of a later sub-request: `{2:result:objects:0:id}`
/// (kaltura-v3 a.9). The number is the sub-request's place, from 1, whatever its key was. A path
/// that leads nowhere is empty text.
final class ResultTokens {
    /// Results that refer to results would double with each sub-request.
    private static final int MAX_CHARACTERS = 1 << 20;

    private static final Pattern TOKEN =
            Pattern.compile("\\{([0-9]{1,4}):result((?::[^:{}]{1,200}){0,16})}");

    private final List<@Nullable Object> results;
    private int characters;

    /// @param results so far; read when a token is met
    ResultTokens(List<@Nullable Object> results) {
        this.results = results;
    }

    /// The same tree with its tokens replaced.
    Map<String, Object> resolve(Map<String, Object> parameters) {
        var out = new LinkedHashMap<String, Object>();
        parameters.forEach((key, value) -> out.put(key, resolve(value)));
        return out;
    }

    @SuppressWarnings("unchecked")
    private Object resolve(Object value) {
        return switch (value) {
            case String text -> text.contains(":result") ? replace(text) : text;
            case Map<?, ?> map -> resolve((Map<String, Object>) map);
            case List<?> list -> {
                var out = new ArrayList<Object>(list.size());
                list.forEach(element -> out.add(resolve(element)));
                yield out;
            }
            default -> value;
        };
    }

    private String replace(String text) {
        Matcher token = TOKEN.matcher(text);
        var out = new StringBuilder();
        while (token.find()) {
            String found = find(Integer.parseInt(token.group(1)), token.group(2));
            characters += found.length();
            if (characters > MAX_CHARACTERS) {
                throw new ApiException(
                        "MAX_REQUEST_SIZE_EXCEEDED",
                        "The results that the request refers to are too long");
            }
            token.appendReplacement(out, Matcher.quoteReplacement(found));
        }
        return token.appendTail(out).toString();
    }

    private String find(int ordinal, String path) {
        if (ordinal < 1 || ordinal > results.size()) {
            return "";
        }
        List<String> names = path.isEmpty() ? List.of() : List.of(path.substring(1).split(":"));
        return find(results.get(ordinal - 1), names);
    }

    private static String find(@Nullable Object at, List<String> path) {
        if (path.isEmpty()) {
            return text(at);
        }
        String name = path.getFirst();
        List<String> rest = path.subList(1, path.size());
        return switch (at) {
            case WireObject object ->
                    name.equals("objectType")
                            ? object.objectType()
                            : find(object.members().get(name), rest);
            case Map<?, ?> map -> find(map.get(name), rest);
            case List<?> list when name.equals("_all") -> {
                var all = new StringBuilder();
                for (Object element : list) {
                    if (all.length() > MAX_CHARACTERS) {
                        break;
                    }
                    all.append(all.isEmpty() ? "" : ",").append(find(element, rest));
                }
                yield all.toString();
            }
            case List<?> list
                    when name.matches("\\d{1,6}") && Integer.parseInt(name) < list.size() ->
                    find(list.get(Integer.parseInt(name)), rest);
            case null, default -> "";
        };
    }

    private static String text(@Nullable Object value) {
        return switch (value) {
            case String text -> text;
            case Number number -> number.toString();
            case Boolean bool -> bool ? "1" : "0";
            case null, default -> "";
        };
    }
}
