/// Immutable objects named by key, written once and read by range, and the growing objects of
/// recordings.
///
/// Here: how bytes become durable and how they are read. Not here: what an object means. Start at
/// {@link BlobStore}.
@NullMarked
package io.millrace.storage.blob;

import org.jspecify.annotations.NullMarked;
