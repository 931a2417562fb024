/// Finding entries by words: the log of saves, the index that follows it, and the question. Start
/// at {@link io.millrace.platformapi.search.EntryIndex}.
@NullMarked
package io.millrace.platformapi.search;

import org.jspecify.annotations.NullMarked;
