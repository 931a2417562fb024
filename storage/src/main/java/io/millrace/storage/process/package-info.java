/// Foreign programs as child processes: how they are started, fenced in, watched and ended, and
/// where the bundled ones are.
///
/// Here: what holds for any program. Not here: what ffmpeg is told. Start at {@link ChildProcess}
/// (files in and out, for hours) or {@link PipedChild} (bytes in and out, for a moment).
@NullMarked
package io.millrace.storage.process;

import org.jspecify.annotations.NullMarked;
