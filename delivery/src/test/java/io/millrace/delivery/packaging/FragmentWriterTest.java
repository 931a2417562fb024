package io.millrace.delivery.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.aac.AacConfig;
import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.isobmff.SampleEntries;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.util.HexFormat;
import java.util.List;
import java.util.Random;

class FragmentWriterTest {
    @Test
    void writesTheSmallestTablesThatSayIt() {
        FragmentTrack track = new FragmentTrack(1, 90_000);
        track.add(0x300, 3000, 0, true);
        track.add(0x80, 3000, 0, false);
        ByteBuf out = Unpooled.buffer();
        FragmentWriter.writeHeader(out, 7, track);
        assertThat(ByteBufUtil.hexDump(out))
                .isEqualTo(
                        "0000006c6d6f6f66" // moof
                                + "000000106d66686400000000"
                                + "00000007"
                                + "0000005474726166" // traf
                                + "0000001874666864"
                                + "00020028"
                                + "00000001"
                                + "00000bb8"
                                + "01010000"
                                + "0000001474666474"
                                + "01000000"
                                + "0000000000015f90"
                                + "000000207472756e"
                                + "01000205"
                                + "00000002"
                                + "00000074"
                                + "02000000"
                                + "00000300"
                                + "00000080"
                                + "000003886d646174");
        assertThat(out.readableBytes()).isEqualTo(FragmentWriter.headerSize(track));
    }

    @Test
    void samplesComeBackAsTheyWereWritten() throws Exception {
        Random random = new Random(11);
        for (int round = 0; round < 60; round++) {
            boolean constant = random.nextBoolean();
            boolean interleaved = random.nextBoolean();
            FragmentTrack expected = new FragmentTrack(3, 0);
            ByteBuf file = Unpooled.buffer();
            AacConfig aac = AacConfig.parse(HexFormat.of().parseHex("1210"));
            InitSegmentWriter.write(
                    file,
                    List.of(
                            new InitTrack(
                                    3,
                                    TrackKind.AUDIO,
                                    44_100,
                                    "fra",
                                    0,
                                    0,
                                    SampleEntries.aac(aac),
                                    0)));
            long time = 0;
            for (int fragment = 0; fragment < 4; fragment++) {
                FragmentTrack track = new FragmentTrack(3, time);
                long dataOffset = 0;
                int samples = 1 + random.nextInt(40);
                for (int i = 0; i < samples; i++) {
                    if (interleaved && random.nextInt(4) == 0) {
                        dataOffset += 100; // a stretch of another track
                        track.beginRun(dataOffset);
                    } else if (i == 0) {
                        track.beginRun(dataOffset);
                    }
                    int size = constant ? 10 : 1 + random.nextInt(300);
                    int duration = constant ? 1024 : 1 + random.nextInt(2000);
                    int offset = constant ? 0 : random.nextInt(4000) - 2000;
                    boolean sync = constant || random.nextInt(5) == 0;
                    track.add(size, duration, offset, sync);
                    expected.add(size, duration, offset, sync);
                    dataOffset += size;
                }
                int before = file.writerIndex();
                FragmentWriter.writeHeader(file, fragment + 1, track);
                assertThat(file.writerIndex() - before).isEqualTo(FragmentWriter.headerSize(track));
                file.setInt(file.writerIndex() - 8, (int) dataOffset + 8);
                file.writeZero((int) dataOffset);
                time += track.durationTicks();
            }
            MediaIndex index =
                    MediaIndexReader.read(new BytesBlobReader(ByteBufUtil.getBytes(file)));
            Track track = index.tracks().getFirst();
            assertThat(track.language()).isEqualTo("fra");
            assertThat(track.codec().codecs()).isEqualTo("mp4a.40.2");
            SampleTable table = track.samples();
            assertThat(table.count()).isEqualTo(expected.count());
            long decode = 0;
            for (int i = 0; i < table.count(); i++) {
                assertThat(table.size(i)).isEqualTo(expected.sizes[i]);
                assertThat(table.duration(i)).isEqualTo(expected.durations[i]);
                // Negative offsets are made earlier decode times; when it is shown stays.
                assertThat(table.compositionOffset(i)).isNotNegative();
                assertThat(track.presentationTime(i))
                        .isEqualTo(decode + expected.compositionOffsets[i]);
                assertThat(table.isSync(i)).isEqualTo(expected.sync[i]);
                assertThat(table.decodeTime(i)).isEqualTo(decode);
                decode += expected.durations[i];
            }
            long[] offsets = new long[table.count()];
            table.offsets(0, table.count(), offsets);
            for (int i = 0; i < table.count(); i++) {
                assertThat(table.offset(i)).isEqualTo(offsets[i]);
            }
        }
    }
}
