/// DASH manifests (ISO/IEC 23009-1).
@NullMarked
package io.millrace.delivery.dash;

import org.jspecify.annotations.NullMarked;
