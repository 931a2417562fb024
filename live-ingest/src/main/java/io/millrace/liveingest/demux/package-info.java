/// Containers that arrive as a stream of bytes, taken apart as they come: what browsers' recorders
/// make.
///
/// Not here: what is done with the frames (`webcam`). Start at {@link Demuxer}.
@NullMarked
package io.millrace.liveingest.demux;

import org.jspecify.annotations.NullMarked;
