/// What a file is: its container from its bytes, its streams from ffprobe, and why it cannot be
/// used in words for the person who uploaded it. Start at {@link MediaProbe}.
@NullMarked
package io.millrace.batch.probe;

import org.jspecify.annotations.NullMarked;
