package io.millrace.delivery.codec.vp9;

import io.millrace.delivery.codec.BitReader;
import io.millrace.delivery.failure.MalformedMediaException;

/// What the uncompressed header of a VP9 key frame says (bitstream specification §6.2).
///
/// | field | bits |
/// |---|---|
/// | frame_marker, profile low and high, reserved in profile 3 | 2, 1, 1, (1) |
/// | show_existing_frame, frame_type, show_frame, error_resilient_mode | 1, 1, 1, 1 |
/// | frame_sync_code | 24 |
/// | ten or twelve bits, from profile 2 on | (1) |
/// | color_space; range, and subsampling in profiles 1 and 3 | 3, 1, (3) |
/// | frame_width_minus_1, frame_height_minus_1 | 16, 16 |
///
/// @param chroma of `vpcC`: 1 for 4:2:0, 2 for 4:2:2, 3 for 4:4:4
public record Vp9FrameHeader(int profile, int bitDepth, int chroma, int width, int height) {
    /// The longest form.
    public static final int BYTES = 12;

    private static final int SYNC_CODE = 0x498342;
    private static final int RGB = 7;

    public static Vp9FrameHeader parse(byte[] frame) throws MalformedMediaException {
        BitReader in = new BitReader(frame, 0, frame.length);
        int marker = in.bits(2);
        int profile = in.bits(1) | in.bits(1) << 1;
        if (profile == 3) {
            in.skip(1);
        }
        boolean existing = in.flag();
        boolean inter = in.flag();
        in.skip(2);
        if (marker != 2 || existing || inter || in.bits(24) != SYNC_CODE) {
            throw new MalformedMediaException("VP9 frame: no key frame's header");
        }
        int depth = profile < 2 ? 8 : in.flag() ? 12 : 10;
        int chroma = 1;
        if (in.bits(3) == RGB) {
            chroma = 3;
            in.skip(profile % 2);
        } else {
            in.skip(1);
            if (profile % 2 == 1) {
                boolean halfWidth = in.flag();
                boolean halfHeight = in.flag();
                chroma = halfWidth ? halfHeight ? 1 : 2 : 3;
                in.skip(1);
            }
        }
        return new Vp9FrameHeader(profile, depth, chroma, in.bits(16) + 1, in.bits(16) + 1);
    }
}
