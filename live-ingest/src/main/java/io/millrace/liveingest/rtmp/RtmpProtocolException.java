package io.millrace.liveingest.rtmp;

/// The peer broke RTMP in a way that ends its connection. The message says how, for the log.
public class RtmpProtocolException extends Exception {
    private static final long serialVersionUID = 1L;

    public RtmpProtocolException(String message) {
        super(message);
    }
}
