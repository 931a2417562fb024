/// Blocks of remote objects, kept on local disk.
///
/// Here: which blocks are near, fetching each once, reading ahead. Not here: how a store is spoken
/// to. Start at {@link io.millrace.storage.blockcache.CachedBlobStore}.
@NullMarked
package io.millrace.storage.blockcache;

import org.jspecify.annotations.NullMarked;
