/// Live streams as fragmented MP4 in shared storage while they run, and what is left of them after
/// a crash.
///
/// Start at {@link Recorder}; recovery is {@link RecordingRecovery}.
@NullMarked
package io.millrace.liveingest.record;

import org.jspecify.annotations.NullMarked;
