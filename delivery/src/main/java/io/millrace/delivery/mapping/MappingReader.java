package io.millrace.delivery.mapping;

import io.millrace.delivery.mapping.MediaPathException.Reason;
import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TrackFilter;

import org.jspecify.annotations.Nullable;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Reads nginx-vod's mapping JSON into a {@link Recipe}. What we do not do is refused in words, not
/// left out: a mapping that plays something else than it says is worse than one that does not play.
///
/// ```
/// set       {sequences[1..32], durations[ms]?, segmentDuration?, clipFrom?, clipTo?, closedCaptions?, playlistType? "vod"}
/// sequence  {clips[1..128], id?, language?, label?, default?}
/// clip      {type? "source", path, tracks?, clipFrom?, clipTo?} | {type "rateFilter", rate, source: clip}
///         | {type "concat", paths[], basePath?, durations?, tracks?}
/// ```
///
/// All sequences have as many clips; a concat of n paths counts as n. Other fields are passed over.
final class MappingReader {
    static final int MAX_SEQUENCES = 32;
    static final int MAX_CLIPS = 128;
    static final int MAX_FILES = 256;
    private static final long MAX_CLIP_MS = Duration.ofHours(25).toMillis();
    private static final long MAX_TOTAL_MS = Duration.ofDays(10).toMillis();
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// A source before it has its sequence's labels.
    private record Piece(String file, TrackFilter tracks, Cut cut, long durationMs) {}

    private final PackagingOptions packaging;
    private final String mediaRoot;

    /// @param mediaRoot absolute paths below it name files of the media folder, others too; ends
    ///   with `/`
    MappingReader(PackagingOptions packaging, String mediaRoot) {
        this.packaging = packaging;
        this.mediaRoot = mediaRoot;
    }

    /// @throws MediaPathException BAD_MAPPING that says what is wrong
    Recipe read(byte[] json) throws MediaPathException {
        JsonNode set;
        try {
            set = JSON.readTree(json);
        } catch (JacksonException e) {
            throw bad("is no JSON: " + e.getOriginalMessage());
        }
        if (!set.isObject()) {
            throw bad("is no object");
        }
        String type = text(set, "playlistType");
        if (!type.isEmpty() && !type.equals("vod")) {
            throw bad("playlistType: " + type + " (expected: vod)");
        }
        List<JsonNode> sequences = list(set, "sequences", MAX_SEQUENCES);
        if (sequences.isEmpty()) {
            throw bad("sequences: none (expected: at least one)");
        }
        List<List<Recipe.Source>> clips = new ArrayList<>();
        List<Long> durations = new ArrayList<>();
        for (int i = 0; i < sequences.size(); i++) {
            addSequence(sequences.get(i), i + 1, clips, durations);
        }
        setDurations(set, durations);
        List<Recipe.Clip> recipeClips = new ArrayList<>(clips.size());
        for (int i = 0; i < clips.size(); i++) {
            recipeClips.add(new Recipe.Clip(clips.get(i), durations.get(i)));
        }
        var recipe =
                new Recipe(
                        recipeClips,
                        range(set),
                        0,
                        Long.MAX_VALUE,
                        packaging(set),
                        closedCaptions(set),
                        digest(json));
        if (recipe.files().size() > MAX_FILES) {
            throw bad("names more than " + MAX_FILES + " files");
        }
        return recipe;
    }

    private static String digest(byte[] json) {
        return SharedBlob.tagOf(new String(json, StandardCharsets.ISO_8859_1));
    }

    private void addSequence(
            JsonNode sequence, int number, List<List<Recipe.Source>> clips, List<Long> durations)
            throws MediaPathException {
        List<Piece> pieces = new ArrayList<>();
        for (JsonNode clip : list(sequence, "clips", MAX_CLIPS)) {
            addClip(clip, pieces);
        }
        if (pieces.isEmpty() || pieces.size() > MAX_CLIPS) {
            throw bad(
                    "sequence "
                            + number
                            + ": "
                            + pieces.size()
                            + " clips (expected: 1 to "
                            + MAX_CLIPS
                            + ")");
        }
        if (number > 1 && pieces.size() != clips.size()) {
            throw bad(
                    "sequence "
                            + number
                            + ": "
                            + pieces.size()
                            + " clips (expected: as many as the first, "
                            + clips.size()
                            + ")");
        }
        String id = text(sequence, "id");
        if (id.indexOf('-') >= 0) {
            throw bad("sequence id " + id + ": holds a dash, which URLs cannot say");
        }
        var labels =
                new SourceLabels(
                        text(sequence, "language"),
                        text(sequence, "label"),
                        sequence.path("default").asBoolean(false));
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (number == 1) {
                clips.add(new ArrayList<>());
                durations.add(piece.durationMs());
            }
            clips.get(i)
                    .add(
                            new Recipe.Source(
                                    piece.file(), number, id, piece.tracks(), labels, piece.cut()));
        }
    }

    private void addClip(JsonNode clip, List<Piece> pieces) throws MediaPathException {
        String type = text(clip, "type");
        switch (type) {
            case "", "source" -> pieces.add(source(clip));
            case "rateFilter" -> pieces.add(rated(clip));
            case "concat" -> addConcat(clip, pieces);
            case "gainFilter", "mixFilter", "silence", "dynamic" ->
                    throw bad("clip type " + type + " is not supported by this server");
            default -> throw bad("clip type " + type + " is unknown");
        }
    }

    private Piece source(JsonNode clip) throws MediaPathException {
        if (clip.has("encryptionKey") || clip.has("encryptionIv")) {
            throw bad("encrypted sources are not supported by this server");
        }
        String sourceType = text(clip, "sourceType");
        if (!sourceType.isEmpty() && !sourceType.equals("file")) {
            throw bad("sourceType " + sourceType + " is not supported by this server");
        }
        return new Piece(file(text(clip, "path")), tracks(clip), range(clip), 0);
    }

    private Piece rated(JsonNode clip) throws MediaPathException {
        JsonNode inner = clip.path("source");
        String type = text(inner, "type");
        if (!inner.isObject() || !type.isEmpty() && !type.equals("source")) {
            throw bad("rateFilter without a source clip");
        }
        int percent = MediaPath.percent(clip.path("rate").asString(""));
        if (percent < Cut.MIN_RATE_PERCENT || percent > Cut.MAX_RATE_PERCENT) {
            throw bad("rate: " + clip.path("rate").asString("none") + " (expected: 0.5 to 2)");
        }
        Piece source = source(inner);
        return new Piece(source.file(), source.tracks(), source.cut().withRate(percent), 0);
    }

    private void addConcat(JsonNode clip, List<Piece> pieces) throws MediaPathException {
        List<JsonNode> paths = list(clip, "paths", MAX_CLIPS);
        List<JsonNode> durations = list(clip, "durations", MAX_CLIPS);
        if (paths.isEmpty()) {
            throw bad("concat without paths");
        }
        if (!durations.isEmpty() && durations.size() != paths.size()) {
            throw bad("concat: " + durations.size() + " durations of " + paths.size() + " paths");
        }
        if (number(clip, "offset") > 0) {
            throw bad("concat with an offset is not supported by this server");
        }
        String base = text(clip, "basePath");
        for (int i = 0; i < paths.size(); i++) {
            pieces.add(
                    new Piece(
                            file(base + paths.get(i).asString("")),
                            tracks(clip),
                            Cut.NONE,
                            durations.isEmpty() ? 0 : duration(durations.get(i))));
        }
    }

    /// A file's name below the folder of media.
    private String file(String path) throws MediaPathException {
        if (path.isEmpty()) {
            throw bad("a clip has no path");
        }
        if (path.equals("empty")) {
            return "";
        }
        if (path.contains("://")) {
            throw bad("remote files are not supported by this server");
        }
        String below = path.startsWith(mediaRoot) ? path.substring(mediaRoot.length()) : path;
        return below.startsWith("/") ? below.substring(1) : below;
    }

    private static TrackFilter tracks(JsonNode clip) throws MediaPathException {
        String text = text(clip, "tracks");
        if (text.isEmpty()) {
            return TrackFilter.ALL;
        }
        TrackFilter tracks = MediaRequestName.parseTracks(text);
        if (tracks == null) {
            throw bad("tracks: " + text + " (expected: such as v1-a1)");
        }
        return tracks;
    }

    private static Cut range(JsonNode node) throws MediaPathException {
        long from = number(node, "clipFrom");
        long to = node.has("clipTo") ? number(node, "clipTo") : Cut.TO_THE_END;
        if (from >= to) {
            throw bad("clipFrom " + from + " is not before clipTo " + to);
        }
        return Cut.range(from, to);
    }

    private static void setDurations(JsonNode set, List<Long> durations) throws MediaPathException {
        List<JsonNode> said = list(set, "durations", MAX_CLIPS);
        if (!said.isEmpty() && said.size() == durations.size()) {
            for (int i = 0; i < said.size(); i++) {
                durations.set(i, duration(said.get(i)));
            }
        } else if (!said.isEmpty() && durations.stream().allMatch(d -> d == 0)) {
            throw bad(said.size() + " durations of " + durations.size() + " clips");
        }
        if (durations.stream().mapToLong(d -> d).sum() > MAX_TOTAL_MS) {
            throw bad("durations: more than ten days together");
        }
    }

    private static long duration(JsonNode node) throws MediaPathException {
        long ms = node.canConvertToLong() ? node.asLong() : -1;
        if (ms < 1 || ms > MAX_CLIP_MS) {
            throw bad("duration: " + node + " (expected: 1 to " + MAX_CLIP_MS + " ms)");
        }
        return ms;
    }

    private PackagingOptions packaging(JsonNode set) throws MediaPathException {
        long ms = number(set, "segmentDuration");
        if (ms == 0) {
            return packaging;
        }
        try {
            return packaging.withSegmentDuration(Duration.ofMillis(ms));
        } catch (IllegalArgumentException _) {
            throw bad("segmentDuration: " + ms + " (expected: 500 to 600000 ms)");
        }
    }

    private static List<ClosedCaption> closedCaptions(JsonNode set) throws MediaPathException {
        List<ClosedCaption> captions = new ArrayList<>();
        for (JsonNode caption : list(set, "closedCaptions", 67)) {
            String id = text(caption, "id").toUpperCase(Locale.ROOT);
            if (!ClosedCaption.isChannel(id)) {
                throw bad("closedCaptions id: " + id + " (expected: CC1..CC4, SERVICE1..63)");
            }
            captions.add(new ClosedCaption(id, text(caption, "language"), text(caption, "label")));
        }
        return captions;
    }

    private static List<JsonNode> list(JsonNode node, String field, int most)
            throws MediaPathException {
        JsonNode list = node.path(field);
        if (list.isMissingNode() || list.isNull()) {
            return List.of();
        }
        if (!list.isArray() || list.size() > most) {
            throw bad(field + ": expected a list of at most " + most);
        }
        List<JsonNode> items = new ArrayList<>(list.size());
        list.forEach(items::add);
        return items;
    }

    private static String text(JsonNode node, String field) throws MediaPathException {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return "";
        }
        if (!value.isString() && !value.isNumber()) {
            throw bad(field + ": expected a text");
        }
        String text = value.asString();
        if (text.length() > 4096) {
            throw bad(field + ": longer than 4096 characters");
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < ' ' || text.charAt(i) == 0x7F) {
                throw bad(field + ": holds a control character");
            }
        }
        return text;
    }

    private static long number(JsonNode node, String field) throws MediaPathException {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        if (!value.canConvertToLong() || value.asLong() < 0 || value.asLong() > MAX_TOTAL_MS) {
            throw bad(field + ": " + shorten(value) + " (expected: milliseconds)");
        }
        return value.asLong();
    }

    private static String shorten(@Nullable JsonNode value) {
        String text = String.valueOf(value);
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private static MediaPathException bad(String what) {
        return new MediaPathException(Reason.BAD_MAPPING, "The mapping is unusable: " + what + ".");
    }
}
