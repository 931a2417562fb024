package io.millrace.liveingest.play;

import io.millrace.liveingest.auth.PublishTarget;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What an RTMP player asks for: `rtmp://host/live/{name}?s={token}`, or, as over HTTP,
/// `rtmp://host/live/s/{token}/{name}`. Players cut a URL into application and name where they
/// like, so both are looked at together.
///
/// @param names what the name may mean, the likeliest first; empty when it is none
/// @param token null when there is none
/// @param parameters of all queries; holds the token, too
public record PlayRequest(
        List<StreamName> names, @Nullable String token, Map<String, String> parameters) {
    private static final Pattern TOKEN_IN_PATH =
            Pattern.compile("(?:^|/)s/([^/]+)/(?:[^/]+/)*([^/]+)$");
    private static final Pattern TOKEN = Pattern.compile("[?&]s=([^&?]*)");

    public PlayRequest {
        names = List.copyOf(names);
        parameters = Map.copyOf(parameters);
    }

    /// @param app as the client sent it in connect
    /// @param rawName as it sent it in play
    public static PlayRequest read(String tcUrl, String app, String rawName) {
        Map<String, String> parameters = PublishTarget.parameters(tcUrl, app, rawName);
        String token = null;
        for (String place : new String[] {tcUrl, app, rawName}) {
            Matcher parameter = TOKEN.matcher(place);
            if (parameter.find() && !parameter.group(1).isEmpty()) {
                token = parameter.group(1);
            }
        }
        String name = beforeQuery(rawName);
        Matcher inPath = TOKEN_IN_PATH.matcher(beforeQuery(app) + "/" + name);
        if (inPath.find()) {
            token = inPath.group(1);
            parameters.put("s", token);
        }
        for (String prefix : new String[] {"mp4:", "flv:"}) {
            if (name.startsWith(prefix)) {
                name = name.substring(prefix.length());
            }
        }
        name = name.substring(name.lastIndexOf('/') + 1);
        return new PlayRequest(StreamName.of(name), token, parameters);
    }

    private static String beforeQuery(String text) {
        int question = text.indexOf('?');
        return question < 0 ? text : text.substring(0, question);
    }

    /// Without the token and other parameters.
    @Override
    public String toString() {
        return "PlayRequest[" + names + (token == null ? "]" : ", with token]");
    }
}
