package io.millrace.liveingest.rtmp.amf;

import io.millrace.liveingest.rtmp.RtmpProtocolException;

/// Bytes that are no AMF value, or more of one than is accepted.
public final class AmfException extends RtmpProtocolException {
    private static final long serialVersionUID = 1L;

    public AmfException(String message) {
        super(message);
    }
}
