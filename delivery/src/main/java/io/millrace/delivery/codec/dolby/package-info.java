/// AC-3 and E-AC-3 decoder configuration, ETSI TS 102 366 annex F.
@NullMarked
package io.millrace.delivery.codec.dolby;

import org.jspecify.annotations.NullMarked;
