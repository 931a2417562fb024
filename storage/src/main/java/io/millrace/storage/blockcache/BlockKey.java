package io.millrace.storage.blockcache;

/// A block of one version of an object.
///
/// @param identity of the version, see {@link io.millrace.storage.blob.BlobInfo}
/// @param number of the block, from 0
record BlockKey(String object, String identity, long number) {
    BlockKey next() {
        return new BlockKey(object, identity, number + 1);
    }
}
