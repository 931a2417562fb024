package io.millrace.delivery.isobmff;

import io.millrace.delivery.failure.MalformedMediaException;
import io.millrace.storage.blob.BlobReader;

import java.io.IOException;

/// How much of a fragmented file is whole: what a recorder that was killed left behind may end in
/// the middle of a box.
public final class FragmentedFileScanner {
    private static final int MOOV = FourCc.of("moov");
    private static final int MOOF = FourCc.of("moof");
    private static final int MDAT = FourCc.of("mdat");

    private FragmentedFileScanner() {}

    /// @param initComplete whether `moov` is there and whole; without it nothing can be played
    /// @param wholeBytes length up to and with the last whole `moof`+`mdat` pair (or the init
    ///   segment where there is none yet, or 0): what to truncate to
    /// @param fragments whole pairs
    public record Extent(boolean initComplete, long wholeBytes, int fragments) {}

    public static Extent scan(BlobReader file) throws IOException {
        FileBoxes boxes = new FileBoxes(file);
        boolean init = false;
        boolean fragmentOpen = false;
        long whole = 0;
        int fragments = 0;
        try {
            while (boxes.next() && boxes.isWhole()) {
                int type = boxes.type();
                if (type == MOOV) {
                    init = true;
                    whole = boxes.end();
                } else if (type == MOOF) {
                    fragmentOpen = true;
                } else if (type == MDAT && fragmentOpen && init) {
                    fragmentOpen = false;
                    fragments++;
                    whole = boxes.end();
                }
            }
        } catch (MalformedMediaException torn) {
            // What follows is no box: the whole part ends before it.
            return new Extent(init, whole, fragments);
        }
        return new Extent(init, whole, fragments);
    }
}
