/// AAC (ISO/IEC 14496-3 §1.6, 14496-1 §7.2.6 descriptors).
@NullMarked
package io.millrace.delivery.codec.aac;

import org.jspecify.annotations.NullMarked;
