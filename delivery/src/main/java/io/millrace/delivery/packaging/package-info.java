/// Which samples make segment N, and how they are written.
///
/// Start at {@link io.millrace.delivery.packaging.MediaSet} (one presentation's files with the cut
/// list all its renditions share). Names of requests are {@link
/// io.millrace.delivery.packaging.MediaRequestName}. For samples that are in no file (live), {@link
/// io.millrace.delivery.packaging.FragmentWriter} and {@link
/// io.millrace.delivery.packaging.InitSegmentWriter} take sizes and times from the caller.
///
/// Everything written is a function of the index and the request alone: the same bytes each time,
/// their number known before a byte of media is read.
@NullMarked
package io.millrace.delivery.packaging;

import org.jspecify.annotations.NullMarked;
