/// The life cycle of a Lucene index: open or make, write, see, commit with a position, rebuild when
/// it is damaged. Fields and their meaning belong to who searches. Start at {@link LuceneIndex}.
@NullMarked
package io.millrace.storage.search;

import org.jspecify.annotations.NullMarked;
