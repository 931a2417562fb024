/// Storage that may be slow, hang or be gone, kept from doing harm to anything else.
///
/// Here: time-outs, bounded threads and a circuit for each volume. Start at {@link
/// io.millrace.storage.volume.VolumeGuard}.
@NullMarked
package io.millrace.storage.volume;

import org.jspecify.annotations.NullMarked;
