package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.delivery.failure.UnsupportedMediaException;

import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// `cmov`, QuickTime File Format "Compressed Movie Resources": a `moov` deflated inside a `moov`.
///
///     moov
///       cmov
///         dcom   "zlib"
///         cmvd   u32 size when inflated, then the deflated moov box
final class CompressedMovie {
    private static final int ZLIB = FourCc.of("zlib");

    private CompressedMovie() {}

    /// @return the movie inside, or `moov` itself where it is not compressed
    static BoxReader inflate(BoxReader moov)
            throws MalformedMediaException, UnsupportedMediaException {
        BoxReader cmov = moov.child("cmov");
        if (cmov == null) {
            return moov;
        }
        int method = cmov.require("dcom").i32();
        if (method != ZLIB) {
            throw new UnsupportedMediaException(
                    cmov.path(),
                    cmov.offset(),
                    "movie compressed by '" + FourCc.name(method) + "' (expected: zlib)");
        }
        BoxReader cmvd = cmov.require("cmvd");
        long size = cmvd.u32();
        if (size > MediaIndexReader.MAX_MOOV_BYTES) {
            throw new UnsupportedMediaException(
                    cmvd.path(),
                    cmvd.offset(),
                    "movie of "
                            + size
                            + " bytes (expected: at most "
                            + MediaIndexReader.MAX_MOOV_BYTES
                            + ")");
        }
        byte[] deflated = cmvd.rest();
        // Deflate packs at most about 1000 to 1: a smaller input cannot back what it claims.
        if (size > 1100L * deflated.length + 64) {
            throw new MalformedMediaException(
                    cmvd.path(),
                    cmvd.offset(),
                    size + " bytes out of " + deflated.length + " deflated ones");
        }
        byte[] movie = new byte[(int) size];
        int length = 0;
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(deflated);
            while (length < movie.length) {
                int more = inflater.inflate(movie, length, movie.length - length);
                if (more == 0) {
                    break;
                }
                length += more;
            }
        } catch (DataFormatException e) {
            throw new MalformedMediaException(
                    cmvd.path(), cmvd.offset(), "not deflated: " + e.getMessage());
        }
        if (length < movie.length) {
            throw new MalformedMediaException(
                    cmvd.path(),
                    cmvd.offset(),
                    length + " bytes inflated (expected: " + movie.length + ")");
        }
        BoxReader outer = BoxReader.of(FourCc.of("cmov"), movie, 0);
        return outer.require("moov");
    }
}
