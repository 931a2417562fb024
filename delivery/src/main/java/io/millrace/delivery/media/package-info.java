/// The format-neutral model that all the rest of delivery speaks: {@link
/// io.millrace.delivery.media.MediaIndex} (what is in a file), {@link
/// io.millrace.delivery.media.Track} and {@link io.millrace.delivery.media.SampleTable} (its
/// primitive columns), {@link io.millrace.delivery.media.Timescale}.
///
/// Not here: how a file is parsed (`isobmff`) and how segments are chosen (`packaging`).
@NullMarked
package io.millrace.delivery.media;

import org.jspecify.annotations.NullMarked;
