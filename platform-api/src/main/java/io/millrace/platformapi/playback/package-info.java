/// Where an entry plays: signed delivery URLs and the GET paths below `/p/` that lead to them.
/// Start at {@link io.millrace.platformapi.playback.PlaybackUrls}.
@NullMarked
package io.millrace.platformapi.playback;

import org.jspecify.annotations.NullMarked;
