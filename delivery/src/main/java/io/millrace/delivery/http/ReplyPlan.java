package io.millrace.delivery.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// What goes out for a reply to one request: conditions, ranges, compression and HEAD decided, in
/// no protocol's bytes yet.
///
/// @param headers name, value, name, value…; all but Content-Length and what every reply has
/// @param sizeBytes of the body a GET would have; -1 when unknown
/// @param body what to send: null for nothing (HEAD, 204, 304); owned by the plan
record ReplyPlan(int status, List<String> headers, long sizeBytes, @Nullable HttpBody body) {

    private static final String GZIP_TAG = "-gz\"";

    /// Whether the handler has compressed the body itself.
    private static boolean isEncoded(HttpReply reply) {
        List<String> pairs = reply.headerPairs();
        for (int i = 0; i < pairs.size(); i += 2) {
            if (pairs.get(i).equalsIgnoreCase("Content-Encoding")) {
                return true;
            }
        }
        return false;
    }

    static ReplyPlan of(String method, HttpHeaders request, HttpReply reply, int maxRanges) {
        var headers = new ArrayList<String>(reply.headerPairs().size() + 12);
        headers.addAll(reply.headerPairs());
        boolean head = method.equals("HEAD");
        boolean conditional =
                reply.status() == 200
                        && (head || method.equals("GET"))
                        && !(reply.body() instanceof HttpBody.Stream);
        boolean gzip =
                reply.body() instanceof HttpBody.Bytes(byte[] bytes)
                        && bytes.length >= Compression.MIN_BYTES
                        && Compression.isCompressible(reply.contentType())
                        && !isEncoded(reply);
        String etag = reply.etag();
        if (gzip) {
            add(headers, "Vary", "Accept-Encoding");
            gzip =
                    !head
                            && !request.contains(HttpHeaderNames.RANGE)
                            && Compression.accepts(request.get(HttpHeaderNames.ACCEPT_ENCODING));
        }
        if (etag != null) {
            add(headers, "ETag", gzip ? gzipTag(etag) : etag);
        }
        if (reply.lastModified() != null) {
            add(headers, "Last-Modified", HttpDates.format(reply.lastModified()));
        }
        if (reply.allowsRanges()) {
            add(headers, "Accept-Ranges", "bytes");
        }
        if (conditional) {
            int status = Conditions.evaluate(request, etag, reply.lastModified());
            if (status == 304) {
                release(reply.body());
                return new ReplyPlan(304, headers, -1, null);
            }
            if (status == 412) {
                release(reply.body());
                return problem(
                        headers,
                        412,
                        "The stored object is not the one If-Match or If-Unmodified-Since names.",
                        head);
            }
        }
        String range = request.get(HttpHeaderNames.RANGE);
        if (conditional
                && !head
                && range != null
                && reply.allowsRanges()
                && Conditions.ifRangeHolds(request, etag, reply.lastModified())) {
            switch (ByteRanges.parse(range, size(reply.body()), maxRanges)) {
                case ByteRanges.Whole _ -> {}
                case ByteRanges.Unsatisfiable(String reason) -> {
                    add(headers, "Content-Range", "bytes */" + size(reply.body()));
                    release(reply.body());
                    return problem(
                            headers, 416, "The Range cannot be served: " + reason + ".", false);
                }
                case ByteRanges.Satisfiable(List<ByteRanges.Range> ranges) -> {
                    return ranges.size() == 1
                            ? single(headers, reply, ranges.getFirst())
                            : multiple(headers, reply, ranges);
                }
            }
        }
        if (reply.contentType() != null) {
            add(headers, "Content-Type", reply.contentType());
        }
        HttpBody body = reply.body();
        if (gzip && body instanceof HttpBody.Bytes(byte[] bytes)) {
            add(headers, "Content-Encoding", "gzip");
            body = new HttpBody.Bytes(Compression.gzip(bytes, Compression.FAST));
        }
        long size = size(body);
        boolean bodyless = head || reply.status() == 204 || reply.status() == 304;
        if (bodyless) {
            release(body);
        }
        return new ReplyPlan(
                reply.status(),
                headers,
                reply.status() == 204 || reply.status() == 304 ? -1 : size,
                bodyless ? null : body);
    }

    private static ReplyPlan problem(List<String> headers, int status, String text, boolean head) {
        // Such answers are nobody's to keep.
        for (int i = headers.size() - 2; i >= 0; i -= 2) {
            if (headers.get(i).equalsIgnoreCase("Cache-Control")
                    || headers.get(i).equalsIgnoreCase("Content-Disposition")) {
                headers.remove(i + 1);
                headers.remove(i);
            }
        }
        add(headers, "Content-Type", "text/plain; charset=utf-8");
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        return new ReplyPlan(
                status, headers, bytes.length, head ? null : new HttpBody.Bytes(bytes));
    }

    private static ReplyPlan single(List<String> headers, HttpReply reply, ByteRanges.Range range) {
        add(headers, "Content-Range", contentRange(range, size(reply.body())));
        if (reply.contentType() != null) {
            add(headers, "Content-Type", reply.contentType());
        }
        var parts = new ArrayList<HttpBody.Part>(2);
        addSlice(parts, reply.body(), range);
        return new ReplyPlan(
                206, headers, range.length(), remains(reply.body(), parts, range.length()));
    }

    private static ReplyPlan multiple(
            List<String> headers, HttpReply reply, List<ByteRanges.Range> ranges) {
        String boundary =
                "millrace-" + Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36);
        long size = size(reply.body());
        long total = 0;
        var parts = new ArrayList<HttpBody.Part>(ranges.size() * 2 + 1);
        for (ByteRanges.Range range : ranges) {
            String partHead =
                    "\r\n--"
                            + boundary
                            + "\r\nContent-Type: "
                            + (reply.contentType() == null
                                    ? "application/octet-stream"
                                    : reply.contentType())
                            + "\r\nContent-Range: "
                            + contentRange(range, size)
                            + "\r\n\r\n";
            parts.add(text(partHead));
            addSlice(parts, reply.body(), range);
            total += partHead.length() + range.length();
        }
        String end = "\r\n--" + boundary + "--\r\n";
        parts.add(text(end));
        add(headers, "Content-Type", "multipart/byteranges; boundary=" + boundary);
        total += end.length();
        return new ReplyPlan(206, headers, total, remains(reply.body(), parts, total));
    }

    private static HttpBody.BufferPart text(String text) {
        return new HttpBody.BufferPart(
                Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String contentRange(ByteRanges.Range range, long size) {
        return "bytes " + range.offset() + "-" + range.last() + "/" + size;
    }

    /// A body of `parts` that releases the whole it was cut from when it is done.
    private static HttpBody remains(HttpBody whole, List<HttpBody.Part> parts, long size) {
        return new HttpBody.Parts(parts, size, () -> release(whole));
    }

    /// Adds the parts of a body that lie in a range; buffers are retained.
    private static void addSlice(
            List<HttpBody.Part> target, HttpBody body, ByteRanges.Range range) {
        switch (body) {
            case HttpBody.Empty _ -> {}
            case HttpBody.Bytes(byte[] bytes) ->
                    target.add(
                            new HttpBody.BufferPart(
                                    Unpooled.wrappedBuffer(
                                            bytes, (int) range.offset(), (int) range.length())));
            case HttpBody.Buffer(ByteBuf buffer) ->
                    target.add(
                            new HttpBody.BufferPart(
                                    buffer.retainedSlice(
                                            buffer.readerIndex() + (int) range.offset(),
                                            (int) range.length())));
            case HttpBody.Parts(List<HttpBody.Part> parts, long _, Runnable _) -> {
                long position = 0;
                for (HttpBody.Part part : parts) {
                    long from = Math.max(range.offset(), position);
                    long to =
                            Math.min(range.offset() + range.length(), position + part.sizeBytes());
                    if (from < to) {
                        target.add(slice(part, from - position, to - from));
                    }
                    position += part.sizeBytes();
                }
            }
            case HttpBody.Stream _ -> throw new IllegalStateException("stream: has no ranges");
        }
    }

    private static HttpBody.Part slice(HttpBody.Part part, long offset, long length) {
        return switch (part) {
            case HttpBody.BufferPart(ByteBuf buffer) ->
                    new HttpBody.BufferPart(
                            buffer.retainedSlice(
                                    buffer.readerIndex() + (int) offset, (int) length));
            case HttpBody.BlobPart blob ->
                    new HttpBody.BlobPart(blob.reader(), blob.position() + offset, length);
            case HttpBody.MadePart _ -> throw new IllegalStateException("made part: has no ranges");
        };
    }

    static long size(HttpBody body) {
        return switch (body) {
            case HttpBody.Empty _ -> 0;
            case HttpBody.Bytes(byte[] bytes) -> bytes.length;
            case HttpBody.Buffer(ByteBuf buffer) -> buffer.readableBytes();
            case HttpBody.Parts parts -> parts.sizeBytes();
            case HttpBody.Stream _ -> -1;
        };
    }

    /// Lets go of a body that is not sent.
    static void release(HttpBody body) {
        switch (body) {
            case HttpBody.Empty _, HttpBody.Bytes _, HttpBody.Stream _ -> {}
            case HttpBody.Buffer(ByteBuf buffer) -> buffer.release();
            case HttpBody.Parts(List<HttpBody.Part> parts, long _, Runnable owner) -> {
                for (HttpBody.Part part : parts) {
                    if (part instanceof HttpBody.BufferPart(ByteBuf buffer)) {
                        buffer.release();
                    }
                }
                owner.run();
            }
        }
    }

    /// The tag of the compressed representation: other bytes, other tag.
    static String gzipTag(String etag) {
        return etag.substring(0, etag.length() - 1) + GZIP_TAG;
    }

    private static void add(List<String> headers, String name, String value) {
        headers.add(name);
        headers.add(value);
    }
}
