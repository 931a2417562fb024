package io.millrace.delivery.mapping;

import io.millrace.delivery.mapping.MediaCaches.Version;
import io.millrace.delivery.tempo.SpedTrack;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// All sound of a presentation at another rate, as if it were one more file: its bytes are made a
/// stretch at a time, when {@link #prepare} asks for them, and kept in a cache of the node.
///
/// Reading what is not prepared waits for it: no work for an event loop. Thread-safe.
final class SpedSound implements BlobReader {
    /// A stretch of sound: all that its bytes follow from.
    ///
    /// @param version of the source's file
    /// @param track its plan, of the presentation that asked
    record Stretch(Version version, SpedTrack.Identity track, int number) {}

    /// A loaded stretch is of use to those after it: what follows is made before it is asked for.
    private static final int AHEAD = 1;

    private final MediaCaches caches;
    private final List<SpedTrack> tracks;
    private final List<Version> versions;
    private final List<SharedBlob> files;
    private final BlobInfo info;

    /// @param tracks one after the other
    /// @param versions of the presentation's files
    /// @param files open as long as this is; borrowed
    SpedSound(
            MediaCaches caches,
            List<SpedTrack> tracks,
            List<Version> versions,
            List<SharedBlob> files) {
        this.caches = caches;
        this.tracks = tracks;
        this.versions = versions;
        this.files = files;
        SpedTrack last = tracks.getLast();
        BlobInfo first = files.get(tracks.getFirst().file()).info();
        info =
                new BlobInfo(
                        first.key(),
                        last.offset() + last.sizeBytes(),
                        first.lastModified(),
                        "sped " + first.identity());
    }

    @Override
    public BlobInfo info() {
        return info;
    }

    /// Has the bytes of a range made; the files must stay open until then.
    CompletableFuture<?> prepare(long offset, long length) {
        var making = new ArrayList<CompletableFuture<byte[]>>(2);
        long at = offset;
        while (at < offset + length) {
            SpedTrack track = trackAt(at);
            int stretch = track.stretchAt(at - track.offset());
            making.add(stretch(track, stretch));
            long next =
                    Math.min(
                            track.offset() + track.startOf(stretch + 1),
                            track.offset() + track.sizeBytes());
            if (next >= offset + length) {
                ahead(track, stretch + AHEAD);
            }
            at = next;
        }
        return CompletableFuture.allOf(making.toArray(CompletableFuture[]::new));
    }

    private SpedTrack trackAt(long position) {
        for (SpedTrack track : tracks) {
            if (position < track.offset() + track.sizeBytes()) {
                return track;
            }
        }
        throw new IllegalArgumentException(
                "position: " + position + " (expected: below " + info.sizeBytes() + ")");
    }

    private CompletableFuture<byte[]> stretch(SpedTrack track, int number) {
        var key = new Stretch(versions.get(track.file()), track.identity(), number);
        Optional<byte[]> known = caches.stretches().getIfLoaded(key);
        return known.isPresent()
                ? CompletableFuture.completedFuture(known.get())
                : caches.stretches()
                        .get(
                                key,
                                _ ->
                                        caches.tempo()
                                                .make(
                                                        track,
                                                        number,
                                                        files.get(track.file()).reader()));
    }

    /// Makes what comes next while nobody else needs a worker.
    private void ahead(SpedTrack track, int number) {
        SharedBlob file = files.get(track.file());
        if (number >= track.stretches()
                || !caches.tempo().isIdle()
                || caches.stretches()
                        .getIfLoaded(
                                new Stretch(versions.get(track.file()), track.identity(), number))
                        .isPresent()
                || !file.tryRetain()) {
            return;
        }
        var _ = stretch(track, number).whenComplete((_, _) -> file.release());
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        int before = target.remaining();
        long at = position;
        while (target.hasRemaining() && at < info.sizeBytes()) {
            SpedTrack track = trackAt(at);
            int number = track.stretchAt(at - track.offset());
            byte[] bytes;
            try {
                bytes = stretch(track, number).join();
            } catch (java.util.concurrent.CompletionException e) {
                throw new IOException("sound at another rate could not be made", e.getCause());
            }
            int from = (int) (at - track.offset() - track.startOf(number));
            int length = Math.min(target.remaining(), bytes.length - from);
            if (length <= 0) {
                throw new EOFException("stretch " + number + " of " + bytes.length + " bytes");
            }
            target.put(bytes, from, length);
            at += length;
        }
        return before == target.remaining() && before > 0 ? -1 : before - target.remaining();
    }

    @Override
    public Optional<FileChannel> channel() {
        return Optional.empty();
    }

    @Override
    public void close() {
        // The files are those of the presentation, which releases them.
    }
}
