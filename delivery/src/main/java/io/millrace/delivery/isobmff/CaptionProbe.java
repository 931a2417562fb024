package io.millrace.delivery.isobmff;

import io.millrace.delivery.codec.cea.CaptionChannels;
import io.millrace.delivery.codec.cea.CaptionMessage;
import io.millrace.delivery.codec.cea.CaptionScanner;
import io.millrace.delivery.media.SampleTable;
import io.millrace.delivery.media.Track;
import io.millrace.storage.blob.BlobReader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Looks into a video's first pictures for captions: at the first bytes of each, where captions
/// are. Where the first few have none there are none, because an encoder that has captions puts a
/// place for them into every picture. Stateless; blocks.
final class CaptionProbe {
    /// Ten seconds of most video.
    private static final int PICTURES = 300;

    private static final int WITHOUT = 8;

    /// Parameter sets and what the encoder says of itself may come before; slices come after.
    private static final int BYTES = 4096;

    private record Picture(long time, byte[] triples) {}

    private CaptionProbe() {}

    static CaptionChannels look(BlobReader file, Track video) throws IOException {
        String codecs = video.codec().codecs();
        boolean isHevc = codecs.startsWith("hvc1") || codecs.startsWith("hev1");
        if (video.nalLengthSize() == 0 || !isHevc && !codecs.startsWith("avc")) {
            return CaptionChannels.NONE;
        }
        SampleTable samples = video.samples();
        List<Picture> pictures = new ArrayList<>();
        byte[] start = new byte[BYTES];
        int count = Math.min(PICTURES, samples.count());
        for (int i = 0; i < count && (i < WITHOUT || !pictures.isEmpty()); i++) {
            ByteBuffer target = ByteBuffer.wrap(start, 0, Math.min(BYTES, samples.size(i)));
            if (samples.offset(i) < 0) {
                break;
            }
            while (target.hasRemaining()
                    && file.read(target, samples.offset(i) + target.position()) > 0) {
                // Until it is full or the file ends.
            }
            byte[] triples =
                    CaptionMessage.triples(
                            Arrays.copyOf(start, target.position()), video.nalLengthSize(), isHevc);
            if (triples != null) {
                pictures.add(new Picture(video.presentationTime(i), triples));
            }
        }
        pictures.sort(Comparator.comparingLong(Picture::time));
        var scanner = new CaptionScanner();
        pictures.forEach(picture -> scanner.picture(picture.triples()));
        return scanner.found();
    }
}
