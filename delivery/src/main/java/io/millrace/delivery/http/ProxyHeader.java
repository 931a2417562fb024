package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;

import org.jspecify.annotations.Nullable;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/// The PROXY protocol's header, versions 1 and 2 (HAProxy's proxy-protocol.txt): what a load
/// balancer writes before the client's own bytes, of HTTP, RTMP or TLS.
///
/// @param source who the client is; null for LOCAL and UNKNOWN: the proxy itself, asking for its
///   own sake
/// @param bytes of the header
record ProxyHeader(@Nullable InetSocketAddress source, int bytes) {
    private static final byte[] SIGNATURE_2 = {
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A
    };
    private static final byte[] SIGNATURE_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);

    /// §2.1: the longest line that can be, with its CRLF.
    private static final int MAX_BYTES_1 = 107;

    /// Addresses take 36 at most; the rest are extensions that are skipped.
    private static final int MAX_BYTES_2 = 16 + 1024;

    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;

    /// Bytes that are no header.
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message, null, false, false);
        }
    }

    /// Reads without consuming.
    ///
    /// @return null when more bytes are needed
    /// @throws Malformed what is wrong
    static @Nullable ProxyHeader parse(ByteBuf in) throws Malformed {
        if (matches(in, SIGNATURE_2)) {
            return in.readableBytes() < 16 ? null : parse2(in);
        }
        if (matches(in, SIGNATURE_1)) {
            return in.readableBytes() < SIGNATURE_1.length ? null : parse1(in);
        }
        throw new Malformed("no PROXY header");
    }

    private static boolean matches(ByteBuf in, byte[] signature) {
        int known = Math.min(in.readableBytes(), signature.length);
        for (int i = 0; i < known; i++) {
            if (in.getByte(in.readerIndex() + i) != signature[i]) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable ProxyHeader parse1(ByteBuf in) throws Malformed {
        int start = in.readerIndex();
        int end = in.indexOf(start, start + Math.min(in.readableBytes(), MAX_BYTES_1), (byte) '\n');
        if (end < 0) {
            if (in.readableBytes() >= MAX_BYTES_1) {
                throw new Malformed("PROXY line longer than " + MAX_BYTES_1 + " bytes");
            }
            return null;
        }
        if (in.getByte(end - 1) != '\r') {
            throw new Malformed("PROXY line does not end in CRLF");
        }
        int bytes = end + 1 - start;
        String[] words = in.toString(start, bytes - 2, StandardCharsets.US_ASCII).split(" ", -1);
        if (words.length >= 2 && words[1].equals("UNKNOWN")) {
            return new ProxyHeader(null, bytes);
        }
        if (words.length != 6 || !(words[1].equals("TCP4") || words[1].equals("TCP6"))) {
            throw new Malformed("PROXY line is not TCP4, TCP6 or UNKNOWN with two addresses");
        }
        try {
            InetAddress address = InetAddress.ofLiteral(words[2]);
            int port = Integer.parseInt(words[4]);
            if ((address.getAddress().length == 4) != words[1].equals("TCP4")) {
                throw new Malformed("PROXY line's address is of another family");
            }
            return new ProxyHeader(new InetSocketAddress(address, port), bytes);
        } catch (IllegalArgumentException _) {
            throw new Malformed("PROXY line's address or port cannot be read");
        }
    }

    private static @Nullable ProxyHeader parse2(ByteBuf in) throws Malformed {
        int start = in.readerIndex();
        int versionAndCommand = in.getUnsignedByte(start + 12);
        int family = in.getUnsignedByte(start + 13);
        int length = in.getUnsignedShort(start + 14);
        if (versionAndCommand >> 4 != 2 || (versionAndCommand & 15) > 1) {
            throw new Malformed("PROXY header of an unknown version or command");
        }
        if (16 + length > MAX_BYTES_2) {
            throw new Malformed("PROXY header longer than " + MAX_BYTES_2 + " bytes");
        }
        if (in.readableBytes() < 16 + length) {
            return null;
        }
        boolean local = (versionAndCommand & 15) == 0;
        if (local || (family != TCP4 && family != TCP6)) {
            return new ProxyHeader(null, 16 + length);
        }
        int size = family == TCP4 ? 4 : 16;
        if (length < size * 2 + 4) {
            throw new Malformed("PROXY header too short for its addresses");
        }
        byte[] address = new byte[size];
        in.getBytes(start + 16, address);
        int port = in.getUnsignedShort(start + 16 + size * 2);
        try {
            return new ProxyHeader(
                    new InetSocketAddress(InetAddress.getByAddress(address), port), 16 + length);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
