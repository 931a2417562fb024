/// Foreign programs as child processes: how they are started, fenced in, watched and ended.
///
/// Here: what holds for any program. Not here: what ffmpeg is told. Start at {@link ChildProcess}.
@NullMarked
package io.millrace.batch.process;

import org.jspecify.annotations.NullMarked;
