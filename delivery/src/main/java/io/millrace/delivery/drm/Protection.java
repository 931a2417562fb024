package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/// What a presentation is protected with. Immutable, thread-safe.
///
/// @param systems what the licence systems that know the key want said in files and manifests
/// @param playReadyObject the `mspr:pro` of manifests, when one was given
/// @param licenceServed whether the key is handed out as a ClearKey licence beside the manifest
/// @param seed names the version of the files: counters start elsewhere in each, because two plain
///   texts must never meet the same key stream
public record Protection(
        EncryptionScheme scheme,
        ContentKey key,
        List<PsshBox> systems,
        byte @Nullable [] playReadyObject,
        boolean licenceServed,
        String seed) {
    public Protection {
        systems = List.copyOf(systems);
    }

    /// By a key that no licence system knows.
    public static Protection of(
            EncryptionScheme scheme, ContentKey key, boolean licenceServed, String seed) {
        return new Protection(scheme, key, List.of(), null, licenceServed, seed);
    }

    /// The `pssh` boxes of files: the given ones, and the common one, which any client can read.
    public List<PsshBox> fileBoxes() {
        if (!scheme.isCommonEncryption()) {
            return List.of();
        }
        List<PsshBox> boxes = new ArrayList<>(systems.size() + 1);
        for (PsshBox box : systems) {
            if (!box.systemId().equals(PsshBox.FAIRPLAY)) {
                boxes.add(box);
            }
        }
        if (boxes.stream().noneMatch(box -> box.systemId().equals(PsshBox.COMMON))) {
            boxes.add(PsshBox.common(List.of(key.id())));
        }
        return boxes;
    }

    /// Names scheme and key in entity tags; tells nothing of the key.
    public String tag() {
        byte[] derived = key.derive("tag " + scheme.text());
        return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(derived, 6));
    }

    /// Where the counters of a track's samples start: sample n has this IV plus n.
    ///
    /// @param track names the track among all that the key encrypts
    long counterBase(String track) {
        byte[] derived =
                key.derive(
                        "iv "
                                + seed.getBytes(StandardCharsets.UTF_8).length
                                + ' '
                                + seed
                                + ' '
                                + track);
        return java.nio.ByteBuffer.wrap(derived).getLong();
    }

    /// The same for another version of the files.
    public Protection withSeed(String newSeed) {
        return new Protection(scheme, key, systems, playReadyObject, licenceServed, newSeed);
    }
}
