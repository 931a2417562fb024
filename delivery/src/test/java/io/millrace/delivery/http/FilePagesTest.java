package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/// A file's pages: what is in memory, and buffers that are it.
final class FilePagesTest {
    @TempDir Path folder;

    @Test
    void pagesAreTheBytesOfTheFile() throws Exception {
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        Path path = Files.write(folder.resolve("pages"), bytes);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                FilePages pages = FilePages.of(file, bytes.length)) {
            ByteBuf slice = pages.slice(12_345, 100_001);
            byte[] read = new byte[slice.readableBytes()];
            slice.readBytes(read);
            slice.release();
            assertThat(read).isEqualTo(java.util.Arrays.copyOfRange(bytes, 12_345, 112_346));
            assertThat(slice.isDirect()).isTrue();
        }
    }

    @Test
    void whatWasJustWrittenIsResidentAndWhatIsNotThereIsNot() throws Exception {
        Path path = Files.write(folder.resolve("pages"), new byte[10_000]);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
                FilePages pages = FilePages.of(file, 10_000)) {
            assertThat(pages.areResident(0, 10_000)).isTrue();
            assertThat(pages.areResident(9_999, 1)).isTrue();
            assertThat(pages.areResident(10_000, 0)).isTrue();
            assertThat(pages.areResident(9_999, 2)).isFalse();
            assertThat(pages.isInOneWindow(0, 10_000)).isTrue();
            assertThat(pages.isInOneWindow(0, 10_001)).isFalse();
        }
    }
}
