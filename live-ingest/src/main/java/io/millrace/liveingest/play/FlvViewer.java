package io.millrace.liveingest.play;

import io.millrace.delivery.http.BodyWriter;
import io.millrace.delivery.http.SharedPiece;

import java.io.IOException;

/// A viewer over HTTP-FLV: the body of a reply. Its connection's event loop only.
final class FlvViewer extends Viewer {
    private final BodyWriter body;
    private final boolean node;
    private boolean awaiting;

    /// @param node whether another node asked
    FlvViewer(BodyWriter body, boolean node) {
        super(body.eventLoop());
        this.body = body;
        this.node = node;
        body.limitUnsent(PlayOptions.UNSENT_BYTES);
    }

    @Override
    protected boolean isNode() {
        return node;
    }

    @Override
    protected boolean isWritable() {
        return body.isWritable();
    }

    @Override
    protected void write(SharedPiece piece) {
        body.writeShared(piece);
    }

    @Override
    protected void flush() {
        body.flush();
    }

    @Override
    protected void awaitWritable() {
        if (!awaiting) {
            awaiting = true;
            body.whenWritable(
                    () -> {
                        awaiting = false;
                        if (!body.isClosed()) {
                            writable();
                        }
                    });
        }
    }

    @Override
    protected void finish() {
        body.finish();
    }

    @Override
    protected void abandon(String why) {
        body.abort(new IOException("slow viewer: " + why));
    }
}
