package io.millrace.liveingest.rtmp;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.ChannelLayout;
import io.millrace.liveingest.flv.FlvAudioBody;
import io.millrace.liveingest.flv.FlvBody;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.flv.FlvException;
import io.millrace.liveingest.flv.FlvTrackSink;
import io.millrace.liveingest.flv.FlvVideoBody;
import io.millrace.liveingest.flv.MultitrackMessage;
import io.millrace.liveingest.flv.VideoColorInfo;
import io.millrace.liveingest.rtmp.amf.Amf0Reader;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.handshake.RtmpHandshake;
import io.millrace.liveingest.rtmp.message.AggregateReader;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Abort;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Aggregate;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Audio;
import io.millrace.liveingest.rtmp.message.RtmpMessage.SetChunkSize;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Video;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import java.util.ArrayList;
import java.util.List;

/// Whatever a peer sends: a value, or a checked exception, and nothing left allocated.
///
/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class RtmpFuzzTest {
    /// However it is cut, a handshake is answered at the same byte and leaves the same rest.
    @FuzzTest(maxDuration = "3m")
    void handshake(byte[] data) {
        String whole = shake(data, data.length);
        assertThat(shake(data, 1)).isEqualTo(whole);
        assertThat(shake(data, 1000)).isEqualTo(whole);
    }

    private static String shake(byte[] data, int step) {
        var allocator = new UnpooledByteBufAllocator(false);
        var handshake = new RtmpHandshake();
        var said = new StringBuilder();
        try {
            int at = 0;
            while (at < data.length && !handshake.isDone()) {
                ByteBuf in = Unpooled.wrappedBuffer(data, at, Math.min(step, data.length - at));
                int before = in.readableBytes();
                ByteBuf answer = handshake.read(in, allocator);
                if (answer != null) {
                    said.append("answer ").append(answer.readableBytes());
                    answer.release();
                }
                at += before - in.readableBytes();
            }
            said.append(handshake.isDone() ? " done at " + at : " open");
            said.append(handshake.isDigest() ? " digest" : "");
        } catch (RtmpProtocolException e) {
            said.append("refused");
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return said.toString();
    }

    /// However they are cut, chunks say the same, up to the same fault.
    @FuzzTest(maxDuration = "3m")
    void chunksAndMessages(byte[] data) {
        List<String> whole = messages(data, data.length);
        assertThat(messages(data, 1)).isEqualTo(whole);
        assertThat(messages(data, Math.max(1, data.length / 2))).isEqualTo(whole);
        assertThat(messages(data, 200)).isEqualTo(whole);
    }

    private static List<String> messages(byte[] data, int step) {
        var allocator = new UnpooledByteBufAllocator(false);
        List<String> messages = new ArrayList<>();
        var readers = new ChunkReader[1];
        try (var reader =
                new ChunkReader(
                        allocator,
                        (type, time, msid, payload) -> {
                            int size = payload.readableBytes();
                            messages.add(type + " " + time + " " + msid + " " + size);
                            messages.add(
                                    text(
                                            readers[0],
                                            RtmpMessageReader.read(type, time, msid, payload)));
                        })) {
            readers[0] = reader;
            for (int at = 0; at < data.length; at += step) {
                reader.read(Unpooled.wrappedBuffer(data, at, Math.min(step, data.length - at)));
            }
        } catch (RtmpProtocolException e) {
            messages.add("fault " + e.getMessage());
        }
        assertThat(allocator.metric().usedHeapMemory()).isZero();
        return messages;
    }

    private static String text(ChunkReader reader, RtmpMessage message)
            throws RtmpProtocolException {
        switch (message) {
            case Audio(_, _, ByteBuf body) -> {
                return hash(body);
            }
            case Video(_, _, ByteBuf body) -> {
                return hash(body);
            }
            case Aggregate aggregate -> {
                var text = new StringBuilder();
                AggregateReader.read(
                        aggregate,
                        (kind, time, body) -> text.append(kind).append(time).append(hash(body)));
                return text.toString();
            }
            case SetChunkSize(int size) -> reader.maxChunkSize(size);
            case Abort(int chunkStreamId) -> reader.abort(chunkStreamId);
            default -> {}
        }
        return message.toString();
    }

    private static String hash(ByteBuf body) {
        try {
            return " " + ByteBufUtil.hashCode(body);
        } finally {
            body.release();
        }
    }

    /// What could be read is written so that it reads the same.
    @FuzzTest(maxDuration = "3m")
    void amfValues(byte[] data) {
        List<AmfValue> values;
        try {
            values = Amf0Reader.readAll(Unpooled.wrappedBuffer(data));
        } catch (AmfException _) {
            return; // what it may do
        }
        ByteBuf out = Unpooled.buffer();
        for (AmfValue value : values) {
            Amf0Writer.write(out, value);
        }
        try {
            assertThat(Amf0Reader.readAll(out)).isEqualTo(values);
        } catch (AmfException e) {
            throw new AssertionError(e);
        }
    }

    /// The default track says the same alone as among all; a multitrack message taken apart says
    /// the same as the whole.
    @FuzzTest(maxDuration = "3m")
    void tagBodies(byte[] data) {
        for (TrackKind kind : new TrackKind[] {TrackKind.VIDEO, TrackKind.AUDIO}) {
            try {
                var all = new Said();
                read(kind, Unpooled.wrappedBuffer(data), all);
                ByteBuf in = Unpooled.wrappedBuffer(data);
                FlvBody alone =
                        kind == TrackKind.VIDEO ? FlvVideoBody.read(in) : FlvAudioBody.read(in);
                assertThat(text(alone)).isEqualTo(all.defaultTrack);
                ByteBuf message = Unpooled.wrappedBuffer(data);
                if (MultitrackMessage.is(kind, message)) {
                    List<String> apart = apart(kind, message);
                    if (!all.nothing) {
                        assertThat(apart).isEqualTo(all.bodies);
                    }
                }
            } catch (FlvException _) {
                // what it may do
            }
        }
    }

    private static void read(TrackKind kind, ByteBuf in, FlvTrackSink sink) throws FlvException {
        if (kind == TrackKind.VIDEO) {
            FlvVideoBody.read(in, sink);
        } else {
            FlvAudioBody.read(in, sink);
        }
    }

    private static List<String> apart(TrackKind kind, ByteBuf message) throws FlvException {
        var allocator = new UnpooledByteBufAllocator(false);
        List<String> bodies = new ArrayList<>();
        try {
            MultitrackMessage.split(
                    kind,
                    message,
                    allocator,
                    (trackId, body) -> {
                        try {
                            var said = new Said();
                            read(kind, body, said);
                            said.bodies.forEach(text -> bodies.add(trackId + text.substring(1)));
                        } catch (FlvException e) {
                            bodies.add("fault");
                        } finally {
                            body.release();
                        }
                    });
        } finally {
            assertThat(allocator.metric().usedHeapMemory()).isZero();
        }
        return bodies;
    }

    private static String text(FlvBody body) {
        return switch (body) {
            case FlvBody.Config(FlvCodec codec, ByteBuf record) ->
                    "config " + codec + ByteBufUtil.hexDump(record);
            case FlvBody.Frame(FlvCodec codec, boolean key, int composition, ByteBuf data) ->
                    "frame " + codec + key + composition + ByteBufUtil.hexDump(data);
            case FlvBody.End _, FlvBody.Nothing _, FlvBody.Unsupported _ -> body.toString();
        };
    }

    private static final class Said implements FlvTrackSink {
        final List<String> bodies = new ArrayList<>();
        String defaultTrack = text(FlvBody.Nothing.NOTHING);
        boolean nothing = true;

        @Override
        public void body(int trackId, int nanosecondOffset, FlvBody body) {
            assertThat(trackId).isBetween(0, 255);
            assertThat(nanosecondOffset).isBetween(0, 0xFF_FFFF);
            nothing = false;
            if (trackId == 0) {
                defaultTrack = text(body);
            }
            // A silence marker is none once the framing around it is gone.
            bodies.add(trackId + text(body));
        }

        @Override
        public void colorInfo(int trackId, FlvCodec codec, ByteBuf amf) {
            nothing = false;
            try {
                VideoColorInfo.read(amf);
            } catch (FlvException _) {
                // what it may do
            }
        }

        @Override
        public void channels(int trackId, FlvCodec codec, ChannelLayout layout) {
            nothing = false;
        }
    }
}
