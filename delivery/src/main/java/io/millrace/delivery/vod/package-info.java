/// Stored media over HTTP: `/vod/hls`, `/vod/hlsf`, `/vod/dash`, `/file`, `/thumb`.
///
/// Start at {@link DeliveryRoutes}. Here: status codes, cache headers, entity tags, what is built
/// on which thread. Not here: which media a path names (`mapping`), what a segment is
/// (`packaging`).
@NullMarked
package io.millrace.delivery.vod;

import org.jspecify.annotations.NullMarked;
