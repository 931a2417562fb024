package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.RtmpProtocolException;
import io.millrace.liveingest.rtmp.message.RtmpMessage;

/// The connection below a session. Its event loop only.
interface RtmpPeer {
    void send(RtmpMessage message);

    void flush();

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

    void execute(Runnable onEventLoop);
}
