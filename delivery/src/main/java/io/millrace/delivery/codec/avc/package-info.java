/// H.264 (ISO/IEC 14496-15 §5.3, H.264 §7.3.2.1).
@NullMarked
package io.millrace.delivery.codec.avc;

import org.jspecify.annotations.NullMarked;
