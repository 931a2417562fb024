package io.millrace.liveingest.stream;

import io.millrace.delivery.media.TrackKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.time.Clock;
import java.util.HexFormat;

/// A publisher that is not there: H.264 and AAC whose frames hold nothing, 25 pictures a second, a
/// key frame every second.
public final class MadeUpMedia {
    private static final int PICTURE_MS = 40;
    private static final int PICTURES_PER_KEY_FRAME = 25;
    private static final int SAMPLES_PER_SOUND = 1024;
    private static final int SAMPLES_PER_MS = 48;

    /// FLV tag bodies: 320x180, High profile; AAC-LC of 48 kHz, stereo.
    private static final byte[] AVC_CONFIG =
            bytes(
                    "1700000000 0164000cffe1001a6764000cacd941419f9f011000000300100000030320f142996001"
                            + "000668ebe3cb22c0fdf8f800");

    private static final byte[] AAC_CONFIG = bytes("af00 1190");
    private static final byte[] KEY_FRAME = bytes("1701000000 00000005 6588843fff");
    private static final byte[] FRAME = bytes("2701000000 00000004 419a2105");
    private static final byte[] SOUND = bytes("af01 211004608c1c");

    private MadeUpMedia() {}

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    /// Sends so much of it, as from an encoder: to its end.
    public static void send(int milliseconds, StreamSubscriber to) {
        var assembler =
                new StreamAssembler(
                        "rehearsal",
                        new StreamTimeline(new StreamClock(Clock.systemUTC())),
                        () -> 0,
                        false,
                        new StreamAssembler.Output() {
                            @Override
                            public void tracks(StreamTracks tracks, boolean discontinuity) {
                                to.tracks(tracks, discontinuity);
                            }

                            @Override
                            public void unit(AccessUnit unit) {
                                to.unit(unit);
                            }

                            @Override
                            public void clockJumped() {
                                to.clockJumped();
                            }

                            @Override
                            public void dropped(String why) {}
                        });
        assembler.metadata(true, true);
        media(assembler, TrackKind.VIDEO, 0, AVC_CONFIG);
        media(assembler, TrackKind.AUDIO, 0, AAC_CONFIG);
        int sounds = 0;
        for (int picture = 0; picture * PICTURE_MS < milliseconds; picture++) {
            int now = picture * PICTURE_MS;
            boolean key = picture % PICTURES_PER_KEY_FRAME == 0;
            media(assembler, TrackKind.VIDEO, now, key ? KEY_FRAME : FRAME);
            for (; sounds * SAMPLES_PER_SOUND / SAMPLES_PER_MS <= now; sounds++) {
                int at = sounds * SAMPLES_PER_SOUND / SAMPLES_PER_MS;
                media(assembler, TrackKind.AUDIO, at, SOUND);
            }
        }
        assembler.close();
        to.ended();
    }

    private static void media(StreamAssembler assembler, TrackKind kind, int ms, byte[] body) {
        ByteBuf tag = Unpooled.wrappedBuffer(body);
        assembler.media(kind, ms, tag);
        tag.release();
    }
}
