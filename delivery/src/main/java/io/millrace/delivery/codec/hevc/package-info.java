/// HEVC (ISO/IEC 14496-15 §8.3).
@NullMarked
package io.millrace.delivery.codec.hevc;

import org.jspecify.annotations.NullMarked;
