/// Entries of every type: their table, their life cycle, filters and lists. Start at {@link
/// io.millrace.platformapi.entry.EntryStore}; what becomes of content is {@code flavor} and {@code
/// job}.
@NullMarked
package io.millrace.platformapi.entry;

import org.jspecify.annotations.NullMarked;
