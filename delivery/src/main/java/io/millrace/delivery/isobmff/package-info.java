/// ISO base media files (ISO/IEC 14496-12): boxes read and written.
///
/// Start at {@link io.millrace.delivery.isobmff.MediaIndexReader} (a file's tracks and samples) and
/// {@link io.millrace.delivery.isobmff.FragmentedFileScanner} (how much of a torn recording is
/// whole). Sizes that a file claims meet a limit before they meet an allocator.
@NullMarked
package io.millrace.delivery.isobmff;

import org.jspecify.annotations.NullMarked;
