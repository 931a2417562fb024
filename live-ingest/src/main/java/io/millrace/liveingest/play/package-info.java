/// From a live stream to its viewers over RTMP and HTTP-FLV: tags are framed once for all viewers
/// of a kind, gathered for some milliseconds, and handed to each event loop once; who does not keep
/// up skips to a key frame.
///
/// Not here: what a viewer says and is told over RTMP (`rtmp.session`), how an HTTP body leaves
/// (`delivery.http`). Start at {@link FanOut}.
@NullMarked
package io.millrace.liveingest.play;

import org.jspecify.annotations.NullMarked;
