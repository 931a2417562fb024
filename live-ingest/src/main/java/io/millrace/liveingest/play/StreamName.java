package io.millrace.liveingest.play;

import io.millrace.liveingest.stream.LiveSource;
import io.millrace.liveingest.stream.LiveStream;
import io.millrace.liveingest.stream.Renditions;

import org.jspecify.annotations.Nullable;

import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a viewer asks for: `{entryId}` or `{entryId}_{rendition}`, as publishers name it. Entry ids
/// may hold `_` themselves, so that a name may mean two things.
///
/// @param rendition empty: the stream's default
public record StreamName(String entryId, String rendition) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}");
    private static final Pattern WITH_RENDITION = Pattern.compile("(.+)_([A-Za-z0-9]{1,16})");

    /// What `name` may mean, the likeliest first; empty when it is no name.
    public static List<StreamName> of(String name) {
        if (!NAME.matcher(name).matches()) {
            return List.of();
        }
        var whole = new StreamName(name, "");
        Matcher parts = WITH_RENDITION.matcher(name);
        return parts.matches()
                ? List.of(whole, new StreamName(parts.group(1), parts.group(2)))
                : List.of(whole);
    }

    /// On the stream's event loop. Without a rendition it is the usual one, or the first there is.
    @Nullable LiveSource source(LiveStream stream) {
        if (!rendition.isEmpty()) {
            return stream.source(rendition);
        }
        LiveSource usual = stream.source(Renditions.DEFAULT);
        Collection<LiveSource> all = stream.sources();
        return usual != null || all.isEmpty() ? usual : all.iterator().next();
    }
}
