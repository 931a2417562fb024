/// What a start and a stop stand on: the data folder and its secrets, the ports, the log.
///
/// Not here: the order of things, which is {@link io.millrace.mediaserver.MediaServer}'s.
@NullMarked
package io.millrace.mediaserver.lifecycle;

import org.jspecify.annotations.NullMarked;
