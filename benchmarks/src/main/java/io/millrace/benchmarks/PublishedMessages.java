package io.millrace.benchmarks;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkReader;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.millrace.liveingest.rtmp.handshake.RtmpHandshake;
import io.millrace.liveingest.rtmp.message.RtmpMessage;
import io.millrace.liveingest.rtmp.message.RtmpMessage.Command;
import io.millrace.liveingest.rtmp.message.RtmpMessageReader;
import io.millrace.liveingest.rtmp.message.RtmpMessageType;
import io.millrace.liveingest.rtmp.message.RtmpMessageWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What the bundled ffmpeg sends when it publishes {@link BenchmarkMedia#clipFile}: recorded from
/// its socket, and cut into chunks again of any size in ffmpeg's manner, that is with the shortest
/// header that can say it.
final class PublishedMessages {
    private static final int AUDIO_STREAM = 4;
    private static final int OTHER_STREAM = 5;
    private static final int VIDEO_STREAM = 6;

    /// @param timestampMs unsigned 32 bit
    record Message(int type, long timestampMs, int messageStreamId, byte[] body) {
        int chunkStreamId() {
            return switch (type) {
                case RtmpMessageType.AUDIO -> AUDIO_STREAM;
                case RtmpMessageType.VIDEO -> VIDEO_STREAM;
                default -> OTHER_STREAM;
            };
        }
    }

    private final List<Message> messages = new ArrayList<>();
    private final ChunkWriter writer = new ChunkWriter();
    private final ChunkReader reader;
    private Socket client = new Socket();
    private boolean done;

    private PublishedMessages() {
        reader = new ChunkReader(ByteBufAllocator.DEFAULT, this::message);
    }

    /// Metadata and media, in the order they were sent.
    static List<Message> record() throws IOException, InterruptedException {
        var recording = new PublishedMessages();
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process ffmpeg =
                    new ProcessBuilder(
                                    Loader.load(org.bytedeco.ffmpeg.ffmpeg.class),
                                    "-nostdin",
                                    "-v",
                                    "error",
                                    "-i",
                                    BenchmarkMedia.clipFile().toString(),
                                    "-c",
                                    "copy",
                                    "-f",
                                    "flv",
                                    "rtmp://127.0.0.1:" + server.getLocalPort() + "/live/clip")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            server.setSoTimeout(60_000);
            try (Socket accepted = server.accept()) {
                recording.client = accepted;
                recording.serve();
            } catch (RtmpProtocolException e) {
                throw new IOException("ffmpeg sent no RTMP", e);
            } finally {
                ffmpeg.destroy();
            }
        }
        return recording.messages;
    }

    private void serve() throws IOException, RtmpProtocolException {
        var handshake = new RtmpHandshake();
        byte[] buffer = new byte[64 << 10];
        client.setSoTimeout(20_000);
        try (reader) {
            while (!done) {
                int bytes = client.getInputStream().read(buffer);
                if (bytes < 0) {
                    return;
                }
                ByteBuf in = Unpooled.wrappedBuffer(buffer, 0, bytes);
                if (!handshake.isDone()) {
                    ByteBuf answer = handshake.read(in, ByteBufAllocator.DEFAULT);
                    if (answer != null) {
                        send(answer);
                    }
                }
                reader.read(in);
            }
        }
    }

    private void message(int type, long timestampMs, int messageStreamId, ByteBuf payload)
            throws RtmpProtocolException {
        switch (type) {
            case RtmpMessageType.AUDIO, RtmpMessageType.VIDEO, RtmpMessageType.DATA_AMF0 -> {
                byte[] body = ByteBufUtil.getBytes(payload);
                payload.release();
                messages.add(new Message(type, timestampMs, messageStreamId, body));
            }
            default -> {
                switch (RtmpMessageReader.read(type, timestampMs, messageStreamId, payload)) {
                    case RtmpMessage.SetChunkSize(int size) -> reader.maxChunkSize(size);
                    case Command command -> answer(command);
                    default -> {}
                }
            }
        }
    }

    private void answer(Command command) {
        switch (command.name()) {
            case "connect" -> say(result(command, status("NetConnection.Connect.Success")));
            case "createStream" -> say(result(command, AmfValue.of(1)));
            case "publish" ->
                    say(
                            new Command(
                                    command.messageStreamId(),
                                    "onStatus",
                                    0,
                                    List.of(
                                            AmfValue.Nothing.NULL,
                                            status("NetStream.Publish.Start"))));
            case "deleteStream" -> done = true;
            default -> {}
        }
    }

    private static Command result(Command command, AmfValue value) {
        return new Command(
                0, "_result", command.transactionId(), List.of(AmfValue.Nothing.NULL, value));
    }

    private static AmfObject status(String code) {
        return new AmfObject(Map.of("level", AmfValue.of("status"), "code", AmfValue.of(code)));
    }

    private void say(RtmpMessage message) {
        ByteBuf out = Unpooled.buffer();
        RtmpMessageWriter.write(writer, message, out, ByteBufAllocator.DEFAULT);
        send(out);
    }

    private void send(ByteBuf bytes) {
        try {
            bytes.readBytes(client.getOutputStream(), bytes.readableBytes());
        } catch (IOException e) {
            done = true;
        } finally {
            bytes.release();
        }
    }

    /// All of them in chunks, as ffmpeg cuts: the header form is the shortest that can say what has
    /// changed since the last message on the chunk stream.
    static ByteBuf chunks(List<Message> messages, int chunkSize) {
        ByteBuf out = Unpooled.buffer(32 << 20);
        Map<Integer, Message> last = new HashMap<>();
        Map<Integer, Integer> lastDelta = new HashMap<>();
        for (Message message : messages) {
            int id = message.chunkStreamId();
            Message before = last.put(id, message);
            int delta = before == null ? 0 : (int) (message.timestampMs() - before.timestampMs());
            int format = 0;
            if (before != null
                    && before.messageStreamId() == message.messageStreamId()
                    && delta >= 0) {
                boolean same =
                        before.type() == message.type()
                                && before.body().length == message.body().length;
                boolean sameDelta = Objects.equals(lastDelta.get(id), delta);
                format = same ? sameDelta ? 3 : 2 : 1;
            }
            if (format == 0) {
                lastDelta.remove(id);
            } else {
                lastDelta.put(id, delta);
            }
            write(message, format, delta, chunkSize, out);
        }
        return out;
    }

    private static void write(Message message, int format, int delta, int chunkSize, ByteBuf out) {
        int time = format == 0 ? (int) message.timestampMs() : delta;
        if (time >= 0xFF_FFFF) {
            throw new IllegalArgumentException("time: " + time + " (expected: below 2^24)");
        }
        byte[] body = message.body();
        out.writeByte(format << 6 | message.chunkStreamId());
        if (format < 3) {
            out.writeMedium(time);
        }
        if (format < 2) {
            out.writeMedium(body.length);
            out.writeByte(message.type());
        }
        if (format == 0) {
            out.writeIntLE(message.messageStreamId());
        }
        for (int at = 0; at < body.length; at += chunkSize) {
            if (at > 0) {
                out.writeByte(0xC0 | message.chunkStreamId());
            }
            out.writeBytes(body, at, Math.min(chunkSize, body.length - at));
        }
    }
}
