package io.millrace.liveingest.rtmp.session;

import io.millrace.liveingest.rtmp.RtmpProtocolException;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The message streams of one connection by their numbers, and what they do taken together. Its
/// connection's event loop only.
final class MessageStreams {
    private static final int MAX_STREAMS = 16;

    private final Map<Integer, MessageStream> streams = new HashMap<>();
    private int lastId;

    /// Whether anything is published: then media must keep coming.
    boolean expectMedia() {
        for (MessageStream stream : streams.values()) {
            if (stream.sendsMedia()) {
                return true;
            }
        }
        return false;
    }

    /// Whether anything is played.
    boolean play() {
        for (MessageStream stream : streams.values()) {
            if (stream instanceof PlaySession && stream.isActive()) {
                return true;
            }
        }
        return false;
    }

    /// The client takes more again.
    void writable() {
        for (MessageStream stream : streams.values()) {
            if (stream instanceof PlaySession player) {
                player.writable();
            }
        }
    }

    /// Whether none does anything.
    boolean areIdle() {
        for (MessageStream stream : streams.values()) {
            if (stream.isActive()) {
                return false;
            }
        }
        return true;
    }

    MessageStream get(int id) {
        return streams.getOrDefault(id, MessageStream.Unused.UNUSED);
    }

    /// The message stream that media is for: where one is published, it is meant, whatever the
    /// number; some encoders count differently from us.
    MessageStream publishing(int id) {
        MessageStream named = get(id);
        if (named.sendsMedia()) {
            return named;
        }
        MessageStream only = null;
        for (MessageStream stream : streams.values()) {
            if (stream.sendsMedia()) {
                if (only != null) {
                    return named;
                }
                only = stream;
            }
        }
        return only == null ? named : only;
    }

    /// @return the new one's number
    int create() throws RtmpProtocolException {
        int id = ++lastId;
        use(id, MessageStream.Unused.UNUSED);
        return id;
    }

    /// Some clients use a message stream they never created, mostly 1.
    void use(int id, MessageStream stream) throws RtmpProtocolException {
        streams.put(id, stream);
        if (streams.size() > MAX_STREAMS) {
            throw new RtmpProtocolException("more than " + MAX_STREAMS + " message streams");
        }
    }

    void delete(int id) {
        MessageStream deleted = streams.remove(id);
        if (deleted != null) {
            deleted.finish(true);
        }
    }

    /// Where one stream is in use, it is meant, whatever the name: clients write it in many ways.
    void finishNamed(String name) {
        List<MessageStream> active =
                streams.values().stream().filter(MessageStream::isActive).toList();
        for (MessageStream stream : active) {
            if (active.size() == 1 || stream.isNamed(name)) {
                stream.finish(true);
            }
        }
    }

    void finishAll() {
        List.copyOf(streams.values()).forEach(stream -> stream.finish(false));
        streams.clear();
    }
}
