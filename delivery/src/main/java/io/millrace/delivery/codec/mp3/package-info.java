/// MPEG-1 and MPEG-2 audio, layer III.
@NullMarked
package io.millrace.delivery.codec.mp3;

import org.jspecify.annotations.NullMarked;
