package io.millrace.liveingest.rtmp.session;

import io.millrace.delivery.http.SharedPiece;
import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.message.RtmpMessage;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;

/// The connection below a session. Its event loop only.
interface RtmpPeer {
    void send(RtmpMessage message);

    void flush();

    /// Hands over chunks that many connections share; borrows them. They leave with {@link
    /// #flushShared}.
    void writeShared(SharedPiece chunks);

    void flushShared();

    /// Whether the client takes what it is sent.
    boolean isWritable();

    /// Bounds what may lie in the kernel unsent.
    void limitUnsent(int bytes);

    /// Null where there is no network.
    @Nullable InetAddress inetAddress();

    /// Sends what is queued, then closes; nothing that comes in is looked at any more.
    ///
    /// @param metric one word for the counter of refusals
    void closeAfterFlush(String reason, String metric);

    /// Reads no more until every cause of a pause is gone.
    void pause(Object cause);

    void resume(Object cause);

    /// The next chunks' greatest length.
    void readChunkSize(int sizeBytes) throws RtmpProtocolException;

    void abort(int chunkStreamId);

    /// Our window: acknowledge at least every so many bytes.
    void acknowledgeEvery(long bytes);

    String remoteAddress();

    /// Something is published or played: it is no stranger's connection any more.
    void used();

    void execute(Runnable onEventLoop);
}
