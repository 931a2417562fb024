package io.millrace.liveingest.auth;

import io.millrace.liveingest.auth.PublishDecision.Allowed;
import io.millrace.liveingest.auth.PublishDecision.Denied;
import io.millrace.liveingest.auth.PublishDecision.Reason;
import io.millrace.storage.sign.StreamKey;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/// Who may publish where there is no platform: keys of the configuration and of a file, or
/// everybody.
///
/// A key belongs to a stream's name or, as `*`, to all; it fits itself and the temporary ones that
/// are made of it ({@link StreamKey}). The file has one `name key` a line (`#` begins a comment)
/// and is read again when it changes; while it cannot be read, what it said last holds.
/// Thread-safe.
public final class StreamKeys implements PublishAuthorizer {
    private static final Logger log = LoggerFactory.getLogger(StreamKeys.class);
    private static final String ANY_NAME = "*";
    private static final long MAX_FILE_BYTES = 4 << 20;

    /// One name may have several keys: one for each person, or an old and a new one.
    private record Keys(Map<String, List<String>> byName, @Nullable FileTime readAt) {
        static final Keys NONE = new Keys(Map.of(), null);

        /// What the key is by those of a name.
        ///
        /// @param stream that a temporary key must be for
        StreamKey.Verdict check(String name, String stream, PublishRequest request, Instant now) {
            StreamKey.Verdict best = StreamKey.Verdict.WRONG;
            for (String candidate : byName.getOrDefault(name, List.of())) {
                StreamKey.Verdict verdict =
                        StreamKey.check(
                                request.token(), candidate, stream, now, request.remoteAddress());
                if (verdict.compareTo(best) < 0) {
                    best = verdict;
                }
            }
            return best;
        }
    }

    private final boolean open;
    private final Keys configured;
    private final @Nullable Path file;
    private final List<String> suffixes;
    private final Executor blocking;
    private final Clock clock;
    private volatile Keys ofFile = Keys.NONE;

    /// @param open whether everybody may publish everything
    /// @param keys `name:key`
    /// @param file more of them, or null
    /// @param suffixes what makes a name a rendition of another, like `_720p`
    /// @param blocking where the file is read
    /// @throws IllegalArgumentException for a key without a name
    /// @throws IOException when the file can't be read
    public StreamKeys(
            boolean open,
            List<String> keys,
            @Nullable Path file,
            List<String> suffixes,
            Executor blocking,
            Clock clock)
            throws IOException {
        this.clock = clock;
        this.open = open;
        this.file = file;
        this.suffixes = List.copyOf(suffixes);
        this.blocking = blocking;
        var byName = new HashMap<String, List<String>>();
        for (String key : keys) {
            int colon = key.indexOf(':');
            if (colon < 1 || colon == key.length() - 1) {
                throw new IllegalArgumentException("a key without a name (expected: name:key)");
            }
            add(byName, key.substring(0, colon), key.substring(colon + 1));
        }
        configured = new Keys(byName, null);
        if (file != null) {
            ofFile = read(file);
        }
    }

    private static void add(Map<String, List<String>> byName, String name, String key) {
        byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(key);
    }

    @Override
    public CompletionStage<PublishDecision> authorize(PublishRequest request) {
        if (open || file == null) {
            return CompletableFuture.completedFuture(decide(request));
        }
        return CompletableFuture.supplyAsync(
                () -> {
                    reread(file);
                    return decide(request);
                },
                blocking);
    }

    private PublishDecision decide(PublishRequest request) {
        String name = streamOf(request.entryId());
        if (open) {
            return new Allowed(name, true);
        }
        if (request.token().isEmpty()) {
            return new Denied(
                    Reason.UNAUTHORIZED,
                    "A stream key is needed: publish " + request.entryId() + "?key=YOUR-KEY.");
        }
        Instant now = clock.instant();
        boolean expired = false;
        for (Keys keys : List.of(configured, ofFile)) {
            for (String owner : List.of(name, request.entryId(), ANY_NAME)) {
                String stream = owner.equals(ANY_NAME) ? name : owner;
                switch (keys.check(owner, stream, request, now)) {
                    case VALID -> {
                        return new Allowed(name, true);
                    }
                    case EXPIRED -> expired = true;
                    case WRONG -> {}
                }
            }
        }
        return new Denied(
                Reason.UNAUTHORIZED,
                expired
                        ? "The stream key has expired."
                        : "The stream key is wrong for " + request.entryId() + ".");
    }

    /// The stream whose rendition this name is: itself without a suffix.
    public String streamOf(String name) {
        for (String suffix : suffixes) {
            if (name.length() > suffix.length() && name.endsWith(suffix)) {
                return name.substring(0, name.length() - suffix.length());
            }
        }
        return name;
    }

    private void reread(Path path) {
        try {
            if (!Files.getLastModifiedTime(path).equals(ofFile.readAt())) {
                ofFile = read(path);
                log.info("stream keys: {} read again", path);
            }
        } catch (IOException e) {
            log.warn(
                    "stream keys: {} cannot be read, its last content holds: {}",
                    path,
                    e.toString());
        }
    }

    private static Keys read(Path path) throws IOException {
        FileTime time = Files.getLastModifiedTime(path);
        if (Files.size(path) > MAX_FILE_BYTES) {
            throw new IOException(path + ": more than " + MAX_FILE_BYTES + " bytes");
        }
        var byName = new HashMap<String, List<String>>();
        int number = 0;
        for (String line : Files.readAllLines(path)) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            String[] words = text.split("\\s+");
            if (words.length != 2) {
                throw new IOException(path + ":" + number + ": expected: name key");
            }
            add(byName, words[0], words[1]);
        }
        return new Keys(byName, time);
    }
}
