package io.millrace.batch.probe;

import io.millrace.batch.probe.UnusableMediaException.Reason;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Walks the top-level boxes of an ISO BMFF file (ISO/IEC 14496-12 §4.2) to say what is missing
/// from one that was cut: ffprobe only says "invalid data". Reads box headers, nothing else.
/// Stateless.
final class Mp4Completeness {
    private static final int MAX_BOXES = 1_000_000;

    private Mp4Completeness() {}

    static void check(Path file) throws IOException, UnusableMediaException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size();
            long at = 0;
            boolean index = false;
            boolean fragments = false;
            ByteBuffer header = ByteBuffer.allocate(16);
            for (int boxes = 0; at + 8 <= size && boxes < MAX_BOXES; boxes++) {
                header.clear();
                while (header.hasRemaining() && channel.read(header, at + header.position()) > 0) {
                    // Until full or at the end.
                }
                header.flip();
                if (header.remaining() < 8) {
                    break;
                }
                long boxSize = header.getInt() & 0xFFFF_FFFFL;
                byte[] name = new byte[4];
                header.get(name);
                String type = new String(name, StandardCharsets.ISO_8859_1);
                if (boxSize == 1 && header.remaining() >= 8) {
                    boxSize = header.getLong();
                } else if (boxSize == 0) {
                    boxSize = size - at;
                }
                if (boxSize < 8) {
                    // Padding or garbage behind the last box is common; ffprobe decides.
                    break;
                }
                index |= type.equals("moov");
                fragments |= type.equals("moof");
                if (boxSize > size - at) {
                    if (fragments && index) {
                        // A recording cut by a crash: all fragments before play.
                        return;
                    }
                    throw new UnusableMediaException(
                            Reason.TRUNCATED,
                            "the file is incomplete: it has "
                                    + size
                                    + " bytes, but its part '"
                                    + type
                                    + "' at byte "
                                    + at
                                    + " needs "
                                    + boxSize
                                    + (index ? "" : ", and its index (moov) is missing")
                                    + ". Upload it again.");
                }
                at += boxSize;
            }
            if (!index) {
                throw new UnusableMediaException(
                        Reason.TRUNCATED,
                        "the file is incomplete: its index (moov) is missing. The recording or the"
                                + " upload was cut.");
            }
        }
    }
}
