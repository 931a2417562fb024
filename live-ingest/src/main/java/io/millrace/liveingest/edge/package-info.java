/// Streams of other nodes: found, fetched once, given to all who ask here.
///
/// Start at {@link LiveEdge}.
@NullMarked
package io.millrace.liveingest.edge;

import org.jspecify.annotations.NullMarked;
