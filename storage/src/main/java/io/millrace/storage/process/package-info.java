/// Foreign programs as child processes: how they are started, fenced in, watched and ended, and
/// where the bundled ones are.
///
/// Here: what holds for any program. Not here: what ffmpeg is told. Start at {@link ChildProcess}
/// (files in and out, for hours), {@link PipedChild} (bytes in and out, for a moment) or {@link
/// StreamingChild} (bytes in and out, without end).
@NullMarked
package io.millrace.storage.process;

import org.jspecify.annotations.NullMarked;
