package io.millrace.delivery.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What clients write about ranges and conditions, and paths: what goes out is what they may have,
/// to the byte.
///
/// Replays kept inputs in every build; `JAZZER_FUZZ=1` looks for new ones.
class RequestHeaderFuzzTest {
    private static final String TAG = "\"v1-abc\"";
    private static final Instant CHANGED = Instant.parse("2026-01-02T03:04:05.678Z");
    private static final int MAX_RANGES = 8;
    private static final String[] NAMES = {
        "Range",
        "If-Range",
        "If-None-Match",
        "If-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "Accept-Encoding"
    };
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
    private static final Pattern PLAIN = Pattern.compile("bytes=(\\d{1,18})-(\\d{0,18})");
    private static final Pattern SUFFIX = Pattern.compile("bytes=-(\\d{1,18})");

    /// First byte: size of the body; then a line per field of NAMES, none when it is empty.
    @FuzzTest
    void anyRangeAndConditions(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] whole = new byte[Byte.toUnsignedInt(input[0])];
        for (int i = 0; i < whole.length; i++) {
            whole[i] = (byte) (i * 31 + 7);
        }
        String[] fields =
                new String(input, 1, input.length - 1, StandardCharsets.ISO_8859_1).split("\n", -1);
        var request = new DefaultHttpHeaders();
        try {
            for (int i = 0; i < Math.min(fields.length, NAMES.length); i++) {
                if (!fields[i].isEmpty()) {
                    request.add(NAMES[i], fields[i]);
                }
            }
        } catch (IllegalArgumentException _) {
            return; // which the decoder lets nobody send
        }
        int third = whole.length / 3;
        ByteBuf first = Unpooled.buffer().writeBytes(whole, 0, third);
        ByteBuf rest = Unpooled.buffer().writeBytes(whole, third, whole.length - third);
        var released = new ArrayList<String>();
        HttpReply reply =
                HttpReply.parts(
                                200,
                                "video/mp4",
                                List.of(
                                        new HttpBody.BufferPart(first),
                                        new HttpBody.BufferPart(rest)),
                                () -> released.add("owner"))
                        .etag("v1-abc")
                        .lastModified(CHANGED)
                        .ranges();
        ReplyPlan plan = ReplyPlan.of("GET", request, reply, MAX_RANGES);
        byte[] sent = bytes(plan.body());
        try {
            check(plan, sent, whole, request.get("Range"), request.get("If-Range"));
        } finally {
            if (plan.body() != null) {
                ReplyPlan.release(plan.body());
            }
        }
        assertThat(released).containsExactly("owner");
        assertThat(first.refCnt() + rest.refCnt()).isZero();
    }

    private static void check(
            ReplyPlan plan,
            byte[] sent,
            byte[] whole,
            @Nullable String range,
            @Nullable String ifRange) {
        for (String text : plan.headers()) {
            assertThat(text.chars()).allMatch(c -> c >= ' ' && c < 0x7F);
        }
        String contentRange = header(plan, "Content-Range");
        switch (plan.status()) {
            case 200 -> assertThat(sent).isEqualTo(whole);
            case 304 -> assertThat(sent).isEmpty();
            case 412 -> assertThat(sent.length).isLessThan(200);
            case 416 -> {
                assertThat(contentRange).isEqualTo("bytes */" + whole.length);
                assertThat(sent.length).isLessThan(200);
            }
            case 206 -> {
                if (ifRange != null) {
                    assertThat(ifRange.trim())
                            .matches(v -> v.equals(TAG) || v.contains("03:04:05"));
                }
                if (contentRange != null) {
                    assertThat(sent).isEqualTo(slice(whole, contentRange));
                } else {
                    checkMultipart(plan, sent, whole);
                }
            }
            default -> throw new AssertionError("status " + plan.status());
        }
        if (plan.status() != 304) {
            assertThat(plan.sizeBytes()).isEqualTo(sent.length);
        }
        if (range != null && (plan.status() == 206 || plan.status() == 416)) {
            checkAgainstPattern(plan, sent, whole, range);
        }
    }

    /// What a single range means, said in another way.
    private static void checkAgainstPattern(
            ReplyPlan plan, byte[] sent, byte[] whole, String range) {
        Matcher plain = PLAIN.matcher(range);
        Matcher suffix = SUFFIX.matcher(range);
        byte @Nullable [] expected = null;
        if (plain.matches()) {
            long from = Long.parseLong(plain.group(1));
            long to = plain.group(2).isEmpty() ? whole.length : Long.parseLong(plain.group(2)) + 1;
            if (from < whole.length && from < to) {
                expected = Arrays.copyOfRange(whole, (int) from, (int) Math.min(to, whole.length));
            }
        } else if (suffix.matches()) {
            long count = Math.min(Long.parseLong(suffix.group(1)), whole.length);
            if (count > 0) {
                expected = Arrays.copyOfRange(whole, whole.length - (int) count, whole.length);
            }
        } else {
            return;
        }
        assertThat(plan.status()).isEqualTo(expected == null ? 416 : 206);
        if (expected != null) {
            assertThat(sent).isEqualTo(expected);
        }
    }

    private static void checkMultipart(ReplyPlan plan, byte[] sent, byte[] whole) {
        String type = header(plan, "Content-Type");
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = "\r\n--" + String.valueOf(type).substring(31);
        String text = new String(sent, StandardCharsets.ISO_8859_1);
        assertThat(text).startsWith(boundary).endsWith(boundary + "--\r\n");
        int parts = 0;
        int at = 0;
        while (!text.startsWith("--\r\n", at + boundary.length())) {
            assertThat(text.startsWith(boundary, at)).isTrue();
            int body = text.indexOf("\r\n\r\n", at) + 4;
            Matcher range = CONTENT_RANGE.matcher(text);
            assertThat(range.find(at)).isTrue();
            byte[] expected = slice(whole, range.group());
            assertThat(Arrays.copyOfRange(sent, body, body + expected.length)).isEqualTo(expected);
            at = body + expected.length;
            parts++;
        }
        assertThat(parts).isBetween(2, MAX_RANGES);
    }

    private static byte[] slice(byte[] whole, String contentRange) {
        Matcher range = CONTENT_RANGE.matcher(contentRange);
        assertThat(range.matches()).as(contentRange).isTrue();
        int from = Integer.parseInt(range.group(1));
        int to = Integer.parseInt(range.group(2)) + 1;
        assertThat(Integer.parseInt(range.group(3))).isEqualTo(whole.length);
        assertThat(from).isBetween(0, to - 1);
        assertThat(to).isLessThanOrEqualTo(whole.length);
        return Arrays.copyOfRange(whole, from, to);
    }

    private static @Nullable String header(ReplyPlan plan, String name) {
        for (int i = 0; i < plan.headers().size(); i += 2) {
            if (plan.headers().get(i).equalsIgnoreCase(name)) {
                return plan.headers().get(i + 1);
            }
        }
        return null;
    }

    private static byte[] bytes(@Nullable HttpBody body) {
        var out = new ByteArrayOutputStream();
        switch (body) {
            case null -> {}
            case HttpBody.Bytes(byte[] bytes) -> out.writeBytes(bytes);
            case HttpBody.Parts(List<HttpBody.Part> parts, long size, Runnable _) -> {
                for (HttpBody.Part part : parts) {
                    ByteBuf buffer = ((HttpBody.BufferPart) part).buffer();
                    byte[] bytes = new byte[buffer.readableBytes()];
                    buffer.getBytes(buffer.readerIndex(), bytes);
                    out.writeBytes(bytes);
                }
                assertThat(size).isEqualTo(out.size());
            }
            default -> throw new AssertionError(body);
        }
        return out.toByteArray();
    }

    /// What is let through means one thing, however often it is looked at.
    @FuzzTest
    void anyPath(byte[] input) {
        String raw = "/" + new String(input, StandardCharsets.ISO_8859_1);
        String path;
        try {
            path = RequestPath.decode(raw);
        } catch (HttpProblem e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        assertThat(path).startsWith("/").doesNotContain("%", "\\", "\0");
        assertThat(path.split("/", -1)).doesNotContain("..");
    }
}
