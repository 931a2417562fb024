package io.millrace.liveingest;

import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.millrace.liveingest.rtmp.chunk.ChunkWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import java.io.IOException;
import java.net.Socket;
import java.util.Map;

/// Publishes tags over RTMP as they are, also those that no real program would send.
public final class RawPublisher implements AutoCloseable {
    private static final int COMMAND = 20;
    private static final int CHUNK_SIZE = 128;

    private final Socket socket;

    public RawPublisher(LiveServer server, String entry) throws IOException {
        socket = new Socket("127.0.0.1", server.live.rtmpPort());
        socket.getOutputStream().write(Unpooled.buffer(1537).writeByte(3).writeZero(1536).array());
        byte[] answer = socket.getInputStream().readNBytes(1 + 1536 + 1536);
        socket.getOutputStream().write(answer, 1, 1536);
        // What it answers is not of interest, but must be read.
        Thread.ofVirtual()
                .start(
                        () -> {
                            try {
                                socket.getInputStream()
                                        .transferTo(java.io.OutputStream.nullOutputStream());
                            } catch (IOException _) {
                                // closed
                            }
                        });
        var connect = new AmfObject(Map.of("app", AmfValue.of("kLive")));
        command(0, AmfValue.of("connect"), AmfValue.of(1), connect);
        command(0, AmfValue.of("createStream"), AmfValue.of(2), AmfValue.Nothing.NULL);
        command(
                1,
                AmfValue.of("publish"),
                AmfValue.of(3),
                AmfValue.Nothing.NULL,
                AmfValue.of(entry + "_1?p=101&e=" + entry + "&i=0&t=secret"),
                AmfValue.of("live"));
    }

    private void command(int messageStreamId, AmfValue... values) throws IOException {
        ByteBuf body = Unpooled.buffer();
        for (AmfValue value : values) {
            Amf0Writer.write(body, value);
        }
        message(3, COMMAND, 0, messageStreamId, body);
    }

    private void message(int chunkStream, int type, long timeMs, int stream, ByteBuf body)
            throws IOException {
        ByteBuf out = Unpooled.buffer(body.readableBytes() + 64);
        ChunkWriter.write(
                CHUNK_SIZE, chunkStream, type, timeMs, stream, Unpooled.EMPTY_BUFFER, body, out);
        out.readBytes(socket.getOutputStream(), out.readableBytes());
    }

    public RawPublisher send(FlvFile file) throws IOException {
        for (FlvFile.Tag tag : file.tags()) {
            message(4, tag.type(), tag.timeMs(), 1, Unpooled.wrappedBuffer(tag.body()));
        }
        return this;
    }

    /// Says that this was all.
    public void unpublish() throws IOException {
        command(
                0,
                AmfValue.of("deleteStream"),
                AmfValue.of(4),
                AmfValue.Nothing.NULL,
                AmfValue.of(1));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
