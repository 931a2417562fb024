package io.millrace.delivery.isobmff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.TestClips;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.MediaSource;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.TsSegment;
import io.netty.buffer.ByteBufAllocator;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

class MediaIndexReaderTest {
    @TempDir static Path folder;
    private static byte[] plain;
    private static byte[] fragmented;

    @BeforeAll
    static void makeClips() throws Exception {
        Path clip = TestClips.bFramesAndAac(folder, "64x48");
        plain = Files.readAllBytes(clip);
        Path parts = folder.resolve("fragmented.mp4");
        TestClips.make(
                parts,
                "-i " + clip,
                "-c copy -movflags +frag_keyframe+empty_moov+default_base_moof");
        fragmented = Files.readAllBytes(parts);
    }

    private static MediaIndex read(byte[] bytes) throws Exception {
        return MediaIndexReader.read(new BytesBlobReader(bytes));
    }

    @Test
    void plainAndFragmentedSayTheSame() throws Exception {
        MediaIndex one = read(plain);
        MediaIndex other = read(fragmented);
        assertThat(one.fragmented()).isFalse();
        assertThat(other.fragmented()).isTrue();
        for (int t = 0; t < 2; t++) {
            Track a = one.tracks().get(t);
            Track b = other.tracks().get(t);
            assertThat(b.samples().count()).isEqualTo(a.samples().count());
            assertThat(b.codec().codecs()).isEqualTo(a.codec().codecs());
            for (int i = 0; i < a.samples().count(); i++) {
                assertThat(b.samples().size(i)).isEqualTo(a.samples().size(i));
                assertThat(b.samples().isSync(i)).isEqualTo(a.samples().isSync(i));
                int size = a.samples().size(i);
                int at = (int) a.samples().offset(i);
                int bt = (int) b.samples().offset(i);
                assertThat(Arrays.equals(plain, at, at + size, fragmented, bt, bt + size)).isTrue();
            }
        }
        Track video = one.tracks().getFirst();
        assertThat(video.presentationTime(0)).isZero();
        assertThat(video.displayWidth()).isEqualTo(64);
        assertThat(video.samples().count()).isEqualTo(250);
    }

    @Test
    void saysWhatIsWrong() {
        assertThatThrownBy(() -> read("just some text, renamed".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(MediaException.class);
        assertThatThrownBy(() -> read(new byte[0]))
                .isInstanceOf(MalformedMediaException.class)
                .hasMessageContaining("moov");
        assertThatThrownBy(() -> read(Arrays.copyOf(plain, plain.length - 500)))
                .isInstanceOf(MalformedMediaException.class)
                .hasMessageContaining("truncated");
    }

    @Test
    void aTornRecordingIsReadUpToItsLastWholeFragment() throws Exception {
        FragmentedFileScanner.Extent whole =
                FragmentedFileScanner.scan(new BytesBlobReader(fragmented));
        assertThat(whole.initComplete()).isTrue();
        assertThat(whole.fragments()).isEqualTo(10);
        long last = 0;
        int samples = 0;
        Random random = new Random(5);
        for (int cut = 0; cut < fragmented.length; cut += 1 + random.nextInt(997)) {
            byte[] torn = Arrays.copyOf(fragmented, cut);
            FragmentedFileScanner.Extent extent =
                    FragmentedFileScanner.scan(new BytesBlobReader(torn));
            assertThat(extent.wholeBytes()).isBetween(last, (long) cut);
            last = extent.wholeBytes();
            if (extent.fragments() > 0) {
                int count =
                        read(Arrays.copyOf(torn, (int) extent.wholeBytes()))
                                .tracks()
                                .getFirst()
                                .samples()
                                .count();
                assertThat(count).isGreaterThanOrEqualTo(samples);
                samples = count;
            }
        }
        assertThat(samples).isGreaterThan(200);
    }

    /// What is damaged fails with a clear word or gives segments; it never throws anything else,
    /// never loops, never takes memory the file does not back.
    @Test
    void survivesAnyDamage() throws Exception {
        Random random = new Random(20);
        for (int i = 0; i < 3_000; i++) {
            byte[] damaged = (i % 2 == 0 ? plain : fragmented).clone();
            int moov = indexOf(damaged, "moov");
            for (int j = random.nextInt(6); j >= 0; j--) {
                // Most of the damage where the structure is.
                int at =
                        random.nextInt(4) == 0
                                ? random.nextInt(damaged.length)
                                : Math.min(damaged.length - 4, moov + random.nextInt(4_000));
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : 0xFF);
            }
            if (random.nextInt(10) == 0) {
                damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
            }
            play(damaged);
        }
    }

    /// What reading an index may allocate: some for any file, and so much for each of its bytes. A
    /// compressed `moov` packs a thousand to one.
    private static final long ANY_FILE = 2 << 20;

    private static final long EACH_BYTE = 1_200;

    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean)
                    java.lang.management.ManagementFactory.getThreadMXBean();

    static void play(byte[] bytes) throws IOException {
        BytesBlobReader file = new BytesBlobReader(bytes);
        try {
            MediaIndex index = readWithinLimit(file, 2);
            MediaSet set = MediaSet.of(List.of(MediaSource.of(index, 1)), PackagingOptions.DEFAULT);
            Optional<Rendition> rendition =
                    set.rendition(MediaRequestName.parse("index.m3u8").orElseThrow());
            int segment = set.plan().count() - 1;
            FragmentedSegment.of(set, rendition.orElseThrow(), segment);
            TsSegment.of(set, rendition.orElseThrow(), segment)
                    .write(ByteBufAllocator.DEFAULT, List.of(file))
                    .release();
        } catch (MediaException expected) {
            assertThat(expected.getMessage()).isNotBlank();
        }
    }

    private static MediaIndex readWithinLimit(BytesBlobReader file, int attempts)
            throws IOException, MediaException {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            return MediaIndexReader.read(file);
        } finally {
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            long limit = ANY_FILE + EACH_BYTE * file.bytes().length;
            if (allocated > limit) {
                // The first time classes are loaded, too.
                if (attempts == 1) {
                    throw new AssertionError(
                            allocated + " bytes for a file of " + file.bytes().length);
                }
                readWithinLimit(file, attempts - 1);
            }
        }
    }

    private static int indexOf(byte[] bytes, String type) {
        for (int i = 4; i < bytes.length; i++) {
            if (bytes[i] == type.charAt(0)
                    && new String(bytes, i, 4, StandardCharsets.ISO_8859_1).equals(type)) {
                return i - 4;
            }
        }
        throw new AssertionError("no " + type);
    }
}
