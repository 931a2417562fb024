package io.millrace.liveingest.demux;

import io.millrace.delivery.failure.MediaException;
import io.netty.buffer.ByteBuf;

import java.util.List;

/// Takes a container apart that comes in pieces of any size. One thread at a time.
public interface Demuxer extends AutoCloseable {
    /// Where it goes to.
    interface Output {
        /// What the container holds; before any frame of it. Comes again when another file follows
        /// in the same stream.
        void tracks(List<DemuxedTrack> tracks);

        /// One frame, of a track that was told. Borrows `data`.
        ///
        /// @param timeMs when it is decoded, as the container says it
        /// @param compositionMs how much later it is shown
        void frame(
                DemuxedTrack track, long timeMs, int compositionMs, boolean keyFrame, ByteBuf data);
    }

    /// Reads on; what is no whole element yet is kept, within a bound. Borrows `in`, and reads all
    /// of it.
    ///
    /// @throws MediaException when this is no such container, or holds what cannot be kept; nothing
    ///   may follow then but {@link #close}
    void read(ByteBuf in, Output out) throws MediaException;

    /// Releases what is kept.
    @Override
    void close();
}
