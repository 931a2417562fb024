/// Bounded in-process caches that load a value once however many ask.
@NullMarked
package io.millrace.storage.cache;

import org.jspecify.annotations.NullMarked;
