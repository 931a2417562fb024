/// From access units to CMAF parts, segments and the live window, and from there to HLS over HTTP.
///
/// Start at {@link LivePackager} (in) and {@link LiveHttpHandler} (out).
@NullMarked
package io.millrace.liveingest.live;

import org.jspecify.annotations.NullMarked;
