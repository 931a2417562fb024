package io.millrace.delivery.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.testing.Ffmpeg;
import io.millrace.storage.blob.BlobInfo;
import io.millrace.storage.blob.BlobReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/// A segment in pieces is the segment, whatever the pieces' size and whatever of its file is in
/// memory.
class TsPiecesTest {
    @TempDir static Path folder;
    private static PackagedClip clip;

    @BeforeAll
    static void make() throws Exception {
        Path file = folder.resolve("clip.mp4");
        Ffmpeg.makeClip(file, 320, 180, 5);
        clip = new PackagedClip(Duration.ofSeconds(2), file);
    }

    private static List<Rendition> renditions() {
        TrackPick video = clip.set.videos().getFirst();
        TrackPick audio = clip.set.audios().getFirst();
        return List.of(
                new Rendition(video, audio),
                new Rendition(video, null),
                new Rendition(null, audio));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 20_000, 1 << 20})
    void piecesAreTheSegment(int wanted) throws Exception {
        for (Rendition rendition : renditions()) {
            for (int k = 0; k < clip.set.plan().count(); k++) {
                TsSegment segment = TsSegment.of(clip.set, rendition, k);
                byte[] whole = clip.bytes(segment);
                assertThat(whole).hasSize((int) segment.sizeBytes());
                assertThat(inPieces(segment, wanted, false)).isEqualTo(whole);
                assertThat(inPieces(segment, wanted, true)).isEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 1 << 20})
    void piecesAreEncryptedAsTheSegmentIs(int wanted) throws Exception {
        var key = new byte[16];
        new java.util.Random(3).nextBytes(key);
        for (Rendition rendition : renditions()) {
            for (int k = 0; k < clip.set.plan().count(); k++) {
                var segment =
                        new EncryptedSegment(
                                TsSegment.of(clip.set, rendition, k),
                                new io.millrace.delivery.drm.ContentKey(
                                        new java.util.UUID(1, 2), key, null),
                                key);
                byte[] whole = clip.bytes(segment);
                assertThat(whole).hasSize((int) segment.sizeBytes());
                assertThat(inPieces(segment, wanted, false)).isEqualTo(whole);
                assertThat(inPieces(segment, wanted, true)).isEqualTo(whole);
            }
        }
    }

    private static byte[] inPieces(MediaSegment segment, int wanted, boolean forgetful)
            throws Exception {
        BlobReader reader = new ResidentReader(clip.files.getFirst(), forgetful);
        SegmentPieces pieces =
                Objects.requireNonNull(segment.pieces(ByteBufAllocator.DEFAULT, List.of(reader)));
        ByteBuf out = Unpooled.buffer();
        int size = pieces.next(wanted);
        while (size > 0) {
            int before = out.readableBytes();
            if (!pieces.make(out, true)) {
                assertThat(forgetful).isTrue();
                assertThat(out.readableBytes()).isEqualTo(before);
                assertThat(pieces.make(out, false)).isTrue();
            }
            assertThat(out.readableBytes() - before).isEqualTo(size);
            size = pieces.next(wanted);
        }
        return ByteBufUtil.getBytes(out);
    }

    @Test
    void readsThePiecesOwnBytesAndLittleMore() throws Exception {
        TsSegment segment = TsSegment.of(clip.set, renditions().getLast(), 0);
        var reader = new ResidentReader(clip.files.getFirst(), false);
        SegmentPieces pieces =
                Objects.requireNonNull(segment.pieces(ByteBufAllocator.DEFAULT, List.of(reader)));
        ByteBuf out = Unpooled.buffer();
        while (pieces.next(128 << 10) > 0) {
            pieces.make(out, true);
        }
        assertThat(reader.bytesRead).isLessThan(segment.sizeBytes() + (128 << 10));
    }

    @Test
    void checksEveryRangeThatWillBeRead() throws Exception {
        TsSegment segment = TsSegment.of(clip.set, renditions().getFirst(), 1);
        var ranges = new ArrayList<Long>();
        assertThat(segment.readsOnly((_, _, length) -> ranges.add(length))).isTrue();
        long checked = ranges.stream().mapToLong(length -> length).sum();
        assertThat(checked).isGreaterThan(segment.sizeBytes() / 2);
        assertThat(segment.readsOnly((_, _, _) -> false)).isFalse();
    }

    @Test
    void fileCutMeanwhileFails() throws Exception {
        TsSegment segment = TsSegment.of(clip.set, renditions().getFirst(), 1);
        var cut = new io.millrace.delivery.media.BytesBlobReader(new byte[100]);
        SegmentPieces pieces =
                Objects.requireNonNull(segment.pieces(ByteBufAllocator.DEFAULT, List.of(cut)));
        ByteBuf out = Unpooled.buffer();
        assertThat(pieces.next(1000)).isPositive();
        assertThat(pieces.make(out, true)).isFalse();
        assertThatThrownBy(() -> pieces.make(out, false)).isInstanceOf(EOFException.class);
        assertThat(out.readableBytes()).isZero();
    }

    /// All in memory; a forgetful one gives a few bytes, then nothing, then something again.
    private static final class ResidentReader implements BlobReader {
        private final BlobReader reader;
        private final boolean forgetful;
        private int calls;
        private long bytesRead;

        ResidentReader(BlobReader reader, boolean forgetful) {
            this.reader = reader;
            this.forgetful = forgetful;
        }

        @Override
        public BlobInfo info() {
            return reader.info();
        }

        @Override
        public int read(ByteBuffer target, long position) throws IOException {
            int read = reader.read(target, position);
            bytesRead += read;
            return read;
        }

        @Override
        public int readResident(ByteBuffer target, long position) {
            if (forgetful && ++calls % 3 == 0) {
                return 0;
            }
            int limit = target.limit();
            if (forgetful && target.remaining() > 5) {
                target.limit(target.position() + 5 + (target.remaining() - 5) / 2);
            }
            try {
                return read(target, position);
            } catch (IOException e) {
                throw new AssertionError(e);
            } finally {
                target.limit(limit);
            }
        }

        @Override
        public Optional<FileChannel> channel() {
            return Optional.empty();
        }

        @Override
        public void close() {}
    }
}
