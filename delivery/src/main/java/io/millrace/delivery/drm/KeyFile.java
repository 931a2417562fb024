package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// Keys in a file, read again when it changes:
///
///     {"keys": [
///        {"path": "movies/",              prefix; with * a pattern of the whole path
///         "kid": "10000000-2000-4000-8000-300000000000",
///         "key": "00112233445566778899aabbccddeeff",
///         "iv": "...",                    optional, 16 bytes
///         "scheme": "cbcs",               optional, else as configured; "none" for clear
///         "playready": "base64",          optional, for mspr:pro
///         "pssh": [{"uuid": "edef8ba9-...", "data": "base64 of the box or its data"}]}],
///      "default": {"kid": "...", "key": "..."}}
///
/// The most exact entry wins. 16-byte values are hexadecimal or base64. Thread-safe.
public final class KeyFile implements KeyProvider {
    private static final Logger LOG = LoggerFactory.getLogger(KeyFile.class);
    private static final long MAX_BYTES = 4 << 20;
    private static final int MAX_SYSTEMS = 16;
    private static final long LOOK_EVERY_NS = 2_000_000_000L;
    private static final Set<String> FIELDS =
            Set.of("path", "kid", "key", "iv", "scheme", "playready", "pssh");

    /// @param keys null for media in the clear
    private record Entry(PathRule rule, @Nullable SchemeChoice scheme, @Nullable Keys keys) {}

    private record Content(List<Entry> entries, FileTime modified, long size) {}

    private final Path file;
    private volatile Content content;
    private volatile long lookedAt = System.nanoTime();

    private KeyFile(Path file, Content content) {
        this.file = file;
        this.content = content;
    }

    /// @throws IOException when the file cannot be read
    /// @throws KeyServiceException when it is no key file; the message says where it is wrong
    public static KeyFile open(Path file) throws IOException, KeyServiceException {
        return new KeyFile(file, read(file));
    }

    @Override
    public Optional<Keys> keys(String path, EncryptionScheme scheme) {
        Entry entry = entry(path);
        return entry == null ? Optional.empty() : Optional.ofNullable(entry.keys());
    }

    @Override
    public @Nullable SchemeChoice schemeOf(String path) {
        Entry entry = entry(path);
        return entry == null ? null : entry.scheme();
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    private @Nullable Entry entry(String path) {
        lookAgain();
        Entry best = null;
        for (Entry entry : content.entries()) {
            if (entry.rule().fits(path)
                    && (best == null || entry.rule().weight() > best.rule().weight())) {
                best = entry;
            }
        }
        return best;
    }

    private void lookAgain() {
        long now = System.nanoTime();
        if (now - lookedAt < LOOK_EVERY_NS) {
            return;
        }
        lookedAt = now;
        try {
            Content known = content;
            if (!Files.getLastModifiedTime(file).equals(known.modified())
                    || Files.size(file) != known.size()) {
                content = read(file);
                LOG.info("key file {}: {} entries read", file, content.entries().size());
            }
        } catch (IOException e) {
            LOG.error("key file {} cannot be read, the keys known stay: {}", file, e.toString());
        } catch (KeyServiceException e) {
            LOG.error("key file {} is wrong, the keys known stay: {}", file, e.getMessage());
        }
    }

    private static Content read(Path file) throws IOException, KeyServiceException {
        FileTime modified = Files.getLastModifiedTime(file);
        long size = Files.size(file);
        if (size > MAX_BYTES) {
            throw new KeyServiceException(
                    file + ": " + size + " bytes (expected: at most " + MAX_BYTES + ")");
        }
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (JacksonException e) {
            // Not the parser's words, which may quote the file.
            throw new KeyServiceException(file + ": no JSON, from line " + line(e));
        }
        List<Entry> entries = new ArrayList<>();
        JsonNode keys = root.path("keys");
        for (int i = 0; i < keys.size(); i++) {
            String where = "keys[" + i + "]";
            String path = keys.get(i).path("path").asString("");
            if (path.isEmpty()) {
                throw new KeyServiceException(file + ": " + where + " has no path");
            }
            entries.add(entry(file, keys.get(i), where, path));
        }
        if (root.has("default")) {
            entries.add(entry(file, root.path("default"), "default", ""));
        }
        if (entries.isEmpty()) {
            throw new KeyServiceException(file + ": neither keys nor a default");
        }
        return new Content(List.copyOf(entries), modified, size);
    }

    private static int line(JacksonException e) {
        return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
    }

    private static Entry entry(Path file, JsonNode node, String where, String path)
            throws KeyServiceException {
        for (String name : node.propertyNames()) {
            if (!FIELDS.contains(name)) {
                throw new KeyServiceException(
                        file + ": " + where + "." + name + " is no field of a key");
            }
        }
        SchemeChoice scheme = null;
        if (node.has("scheme")) {
            try {
                scheme = SchemeChoice.of(node.path("scheme").asString(""));
            } catch (IllegalArgumentException e) {
                throw new KeyServiceException(file + ": " + where + "." + e.getMessage());
            }
        }
        if (scheme != null && scheme.scheme() == null) {
            return new Entry(new PathRule(path), scheme, null);
        }
        String at = file + ": " + where;
        byte[] key = KeyTexts.bytes16(node.path("key").asString(""), at + ".key");
        UUID id =
                node.has("kid")
                        ? KeyTexts.id(node.path("kid").asString(""), at + ".kid")
                        : UUID.nameUUIDFromBytes(
                                path.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        byte[] iv =
                node.has("iv") ? KeyTexts.bytes16(node.path("iv").asString(""), at + ".iv") : null;
        byte[] playReady =
                node.has("playready")
                        ? KeyTexts.base64(node.path("playready").asString(""), at + ".playready")
                        : null;
        return new Entry(
                new PathRule(path),
                scheme,
                new Keys(new ContentKey(id, key, iv), systems(node.path("pssh"), at), playReady));
    }

    /// The `pssh` list of a key file's entry or a key service's answer.
    static List<PsshBox> systems(JsonNode list, String where) throws KeyServiceException {
        if (list.size() > MAX_SYSTEMS) {
            throw new KeyServiceException(where + ".pssh: " + list.size() + " systems");
        }
        List<PsshBox> systems = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String at = where + ".pssh[" + i + "]";
            UUID system = KeyTexts.id(list.get(i).path("uuid").asString(""), at + ".uuid");
            byte[] data = KeyTexts.base64(list.get(i).path("data").asString(""), at + ".data");
            systems.add(PsshBox.of(system, data));
        }
        return systems;
    }
}
