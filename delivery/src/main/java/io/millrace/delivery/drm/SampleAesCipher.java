package io.millrace.delivery.drm;

import java.nio.ByteBuffer;

/// Apple's "MPEG-2 Stream Encryption Format for HTTP Live Streaming": samples encrypted in place by
/// AES-128 CBC, each NAL unit or audio frame starting anew at the IV.
///
/// | sample | clear | encrypted |
/// |---|---|---|
/// | H.264 slices (NAL types 1, 5) of more than 48 bytes | first 32 bytes | one block, then nine clear ones, and so on; the last 16 bytes or fewer are clear |
/// | AAC frame, AC-3 and E-AC-3 sync frame | first 16 bytes (behind an ADTS header) | all whole blocks |
///
/// Cipher text may look like a start code, so encrypted NAL units get emulation prevention bytes on
/// top of those they have: they grow, by a byte in some four million. One thread at a time.
public final class SampleAesCipher {
    private static final int VIDEO_CLEAR = 32;
    private static final int VIDEO_SHORTEST = 48;
    public static final int AUDIO_CLEAR = 16;
    private static final int PATTERN = 10;

    private final CbcChain chain;

    public SampleAesCipher(ContentKey key) {
        this.chain = new CbcChain(key, key.constantIv());
    }

    /// Encrypts the slices of an access unit.
    ///
    /// @param bytes big-endian; NAL units behind four-byte lengths in `[start, end)`
    /// @return how many emulation prevention bytes its NAL units need now
    public int encryptAvc(ByteBuffer bytes, int start, int end) {
        int needed = 0;
        int at = start;
        while (end - at > 4) {
            int length = bytes.getInt(at);
            int nal = at + 4;
            if (length < 0 || length > end - nal) {
                break;
            }
            if (isEncrypted(bytes, nal, length)) {
                chain.restart();
                chain.encryptOneIn(PATTERN, bytes, nal + VIDEO_CLEAR, nal + length - 1);
                needed += emulations(bytes, nal, nal + length);
            }
            at = nal + length;
        }
        return needed;
    }

    private static boolean isEncrypted(ByteBuffer bytes, int nal, int length) {
        if (length <= VIDEO_SHORTEST) {
            return false;
        }
        int type = bytes.get(nal) & 0x1F;
        return type == 1 || type == 5;
    }

    /// Counts the places in a NAL unit that a reader would take for a start code.
    private static int emulations(ByteBuffer bytes, int start, int end) {
        int count = 0;
        int at = start + 2;
        while (at < end) {
            int third = bytes.get(at) & 0xFF;
            if (third > 3) {
                at += 3;
            } else if (bytes.get(at - 1) == 0 && bytes.get(at - 2) == 0) {
                count++;
                // The byte put in breaks the run of zeros: `at` begins anew.
                at += 2;
            } else {
                at++;
            }
        }
        return count;
    }

    /// Copies an encrypted access unit with the emulation prevention bytes it needs; lengths are
    /// those of the grown NAL units.
    ///
    /// @param to gets `end - start` bytes and as many as {@link #encryptAvc} said, at its position
    public static void escape(ByteBuffer bytes, int start, int end, ByteBuffer to) {
        int at = start;
        while (end - at > 4) {
            int length = bytes.getInt(at);
            int nal = at + 4;
            if (length < 0 || length > end - nal) {
                break;
            }
            if (isEncrypted(bytes, nal, length)) {
                to.putInt(length + emulations(bytes, nal, nal + length));
                int zeros = 0;
                for (int i = nal; i < nal + length; i++) {
                    byte b = bytes.get(i);
                    if (zeros >= 2 && (b & 0xFF) <= 3) {
                        to.put((byte) 3);
                        zeros = 0;
                    }
                    zeros = b == 0 ? zeros + 1 : 0;
                    to.put(b);
                }
            } else {
                to.putInt(length);
                copy(bytes, nal, length, to);
            }
            at = nal + length;
        }
        copy(bytes, at, end - at, to);
    }

    private static void copy(ByteBuffer bytes, int start, int length, ByteBuffer to) {
        to.put(to.position(), bytes, start, length);
        to.position(to.position() + length);
    }

    /// Encrypts one AAC frame (without its ADTS header) or AC-3 sync frame.
    ///
    /// @param clear bytes at its start; {@link #AUDIO_CLEAR} but for those that went before
    public void encryptAudioFrame(ByteBuffer bytes, int start, int size, int clear) {
        if (size > clear) {
            chain.restart();
            chain.encrypt(bytes, start + clear, size - clear);
        }
    }

    /// Encrypts the sync frames of an E-AC-3 access unit: one per substream and block group.
    public void encryptEac3(ByteBuffer bytes, int start, int size) {
        int at = start;
        int end = start + size;
        while (end - at >= 4) {
            if (bytes.getShort(at) != 0x0B77) {
                return;
            }
            int length = ((bytes.getShort(at + 2) & 0x7FF) + 1) * 2;
            if (length > end - at) {
                return;
            }
            encryptAudioFrame(bytes, at, length, AUDIO_CLEAR);
            at += length;
        }
    }
}
