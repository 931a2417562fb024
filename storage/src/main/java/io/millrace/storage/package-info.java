/// Mechanism, not meaning: blobs, rows, caches, search index life cycle.
@NullMarked
package io.millrace.storage;

import org.jspecify.annotations.NullMarked;
