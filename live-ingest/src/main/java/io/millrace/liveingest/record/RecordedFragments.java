package io.millrace.liveingest.record;

import io.millrace.liveingest.live.LiveFragment;
import io.millrace.storage.blob.BlobKey;

/// Who wants to know where in the recording the fragments lie.
@FunctionalInterface
public interface RecordedFragments {
    /// From now on the fragment's bytes can be read there. Called on the recorder's thread, in the
    /// order of writing; must not block.
    ///
    /// @param offset of its first byte in `file`
    void written(LiveFragment fragment, BlobKey file, long offset);
}
