package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.isobmff.MediaIndexReader;
import io.millrace.delivery.media.BytesBlobReader;
import io.millrace.delivery.media.MediaIndex;
import io.millrace.delivery.media.SampleTable;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/// Containers that no encoder at hand writes, made by changing the boxes of one that it does.
class RewrittenContainerTest {
    private static final String VIDEO = "moov/trak/";
    private static final String AUDIO = "moov/trak[1]/";
    private static final String TABLE = "mdia/minf/stbl/";

    @TempDir static Path folder;
    private static SourceClips clips;

    @BeforeAll
    static void makeBase() throws Exception {
        clips = new SourceClips(folder);
        clips.base();
    }

    private static ExactCheck check(String name, SourceClips.Edit edit) throws Exception {
        Path file = clips.edit(name, clips.base(), edit);
        return new ExactCheck(folder.resolve("out-" + name), file);
    }

    @Test
    void offsetsOf64Bits() throws Exception {
        check(
                        "co64.mp4",
                        file -> {
                            for (String track : new String[] {VIDEO, AUDIO}) {
                                ByteBuffer in =
                                        ByteBuffer.wrap(file.at(track + TABLE + "stco").body);
                                int flags = in.getInt();
                                int count = in.getInt();
                                ByteBuffer out = ByteBuffer.allocate(8 + 8 * count);
                                out.putInt(flags).putInt(count);
                                for (int i = 0; i < count; i++) {
                                    out.putLong(in.getInt() & 0xFFFF_FFFFL);
                                }
                                file.replace(
                                        track + TABLE + "stco", new Mp4Edit("co64", out.array()));
                            }
                        })
                .run();
    }

    @Test
    void mediaDataBoxWithA64BitSize() throws Exception {
        Path file = folder.resolve("largesize.mp4");
        byte[] bytes = Files.readAllBytes(clips.base());
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int free = buffer.getInt(0);
        assertThat(buffer.getInt(free)).as("the free box before mdat").isEqualTo(8);
        int size = buffer.getInt(free + 8);
        buffer.putInt(free, 1).putInt(free + 4, 0x6D646174).putLong(free + 8, size + 8L);
        Files.write(file, bytes);
        new ExactCheck(folder.resolve("out-largesize"), file).run();
    }

    @Test
    void compactSizes() throws Exception {
        check(
                        "stz2.mp4",
                        file -> {
                            ByteBuffer in = ByteBuffer.wrap(file.at(AUDIO + TABLE + "stsz").body);
                            int count = in.getInt(8);
                            ByteBuffer out = ByteBuffer.allocate(12 + 2 * count);
                            out.putInt(0).putInt(16).putInt(count);
                            for (int i = 0; i < count; i++) {
                                out.putShort((short) in.getInt(12 + 4 * i));
                            }
                            file.replace(AUDIO + TABLE + "stsz", new Mp4Edit("stz2", out.array()));
                        })
                .run();
    }

    @Test
    void aChunkForEachSample() throws Exception {
        MediaIndex index = MediaIndexReader.read(BytesBlobReader.of(clips.base()));
        check(
                        "chunks.mp4",
                        file -> {
                            for (int t = 0; t < 2; t++) {
                                SampleTable samples = index.tracks().get(t).samples();
                                int[] words = new int[1 + samples.count()];
                                words[0] = samples.count();
                                for (int i = 0; i < samples.count(); i++) {
                                    words[1 + i] = (int) samples.offset(i);
                                }
                                String table = (t == 0 ? VIDEO : AUDIO) + TABLE;
                                file.change(table + "stco", _ -> Mp4Edit.words(0, words));
                                file.change(table + "stsc", _ -> Mp4Edit.words(0, 1, 1, 1, 1));
                            }
                        })
                .run();
    }

    /// Lengths of two bytes before NAL units: start codes are longer.
    @Test
    void shortNalLengths() throws Exception {
        byte[] base = Files.readAllBytes(clips.base());
        SampleTable samples =
                MediaIndexReader.read(new BytesBlobReader(base)).tracks().getFirst().samples();
        ByteBuffer media = ByteBuffer.allocate(base.length);
        int[] sizes = new int[2 + samples.count()];
        int[] offsets = new int[1 + samples.count()];
        sizes[1] = samples.count();
        offsets[0] = samples.count();
        for (int i = 0; i < samples.count(); i++) {
            offsets[1 + i] = base.length + 8 + media.position();
            int at = (int) samples.offset(i);
            int end = at + samples.size(i);
            int before = media.position();
            while (at < end) {
                int length = ByteBuffer.wrap(base).getInt(at);
                media.putShort((short) length).put(base, at + 4, length);
                at += 4 + length;
            }
            sizes[2 + i] = media.position() - before;
        }
        byte[] body = java.util.Arrays.copyOf(media.array(), media.position());
        // The new samples lie behind the moov, whose size does change: it moves them by as much.
        Path file =
                clips.edit(
                        "short-lengths.mp4",
                        clips.base(),
                        boxes -> {
                            int old = boxes.size();
                            boxes.change(VIDEO + TABLE + "stsz", _ -> Mp4Edit.words(0, sizes));
                            boxes.change(VIDEO + TABLE + "stsc", _ -> Mp4Edit.words(0, 1, 1, 1, 1));
                            boxes.change(
                                    VIDEO + TABLE + "stsd",
                                    stsd -> {
                                        int avcc =
                                                new String(
                                                                stsd,
                                                                java.nio.charset.StandardCharsets
                                                                        .ISO_8859_1)
                                                        .indexOf("avcC");
                                        stsd[avcc + 4 + 4] = (byte) 0xFD;
                                        return stsd;
                                    });
                            boxes.change(VIDEO + TABLE + "stco", _ -> Mp4Edit.words(0, offsets));
                            int moved = boxes.size() - old;
                            for (int i = 1; i < offsets.length; i++) {
                                offsets[i] += moved;
                            }
                            boxes.change(VIDEO + TABLE + "stco", _ -> Mp4Edit.words(0, offsets));
                            boxes.add(new Mp4Edit("mdat", body));
                        });
        new ExactCheck(folder.resolve("out-short-lengths"), file).run();
    }

    @Test
    void negativeOffsetsInVersion0() throws Exception {
        Path negative = clips.remux("negative.mp4", "-movflags +negative_cts_offsets");
        Path file =
                clips.edit(
                        "negative-v0.mp4",
                        negative,
                        boxes -> {
                            Mp4Edit ctts = boxes.at(VIDEO + TABLE + "ctts");
                            assertThat(ctts.body[0]).isEqualTo((byte) 1);
                            ctts.body[0] = 0;
                        });
        new ExactCheck(folder.resolve("out-negative-v0"), file).run();
    }

    @Test
    void emptyEditThenMediaTime() throws Exception {
        check(
                        "edits.mp4",
                        file -> {
                            int scale = ByteBuffer.wrap(file.at("moov/mvhd").body).getInt(12);
                            // Version 1: 0.4 s of nothing, then from the middle of a GOP.
                            ByteBuffer out = ByteBuffer.allocate(8 + 40);
                            out.putInt(1 << 24).putInt(2);
                            out.putLong(scale * 2 / 5).putLong(-1).putInt(0x10000);
                            out.putLong(scale * 2).putLong(1024 + 512 * 7).putInt(0x10000);
                            file.change(VIDEO + "edts/elst", _ -> out.array());
                        })
                .cutAtTheEnd()
                .run();
    }

    /// More than an empty edit and one at normal rate is not half applied: the track plays as if
    /// there were none.
    @Test
    void editListsThatAreNoShift() throws Exception {
        for (int[] edits :
                new int[][] {{500, 1024, 500, 26_624}, {1000, 1024, 1000, -1}, {500, 1024}}) {
            Path file =
                    clips.edit(
                            "many-edits.mp4",
                            clips.base(),
                            boxes -> {
                                ByteBuffer out = ByteBuffer.allocate(8 + 6 * edits.length);
                                out.putInt(0).putInt(edits.length / 2);
                                for (int i = 0; i < edits.length; i += 2) {
                                    int rate = edits.length == 2 ? 0x20000 : 0x10000;
                                    out.putInt(edits[i]).putInt(edits[i + 1]).putInt(rate);
                                }
                                boxes.change(VIDEO + "edts/elst", _ -> out.array());
                            });
            MediaIndex index = MediaIndexReader.read(BytesBlobReader.of(file));
            assertThat(index.tracks().getFirst().presentationShift()).isZero();
            assertThat(index.tracks().getFirst().samples().count()).isEqualTo(75);
        }
    }

    @Test
    void aFileWhoseLastBoxHasNoSize() throws Exception {
        Path moovFirst = clips.remux("first.mp4", "-movflags +faststart");
        byte[] bytes = Files.readAllBytes(moovFirst);
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int at = 0;
        while (buffer.getInt(at + 4) != 0x6D646174) {
            at += buffer.getInt(at);
        }
        buffer.putInt(at, 0);
        Path file = Files.write(folder.resolve("to-the-end.mp4"), bytes);
        new ExactCheck(folder.resolve("out-to-the-end"), file).run();
    }
}
