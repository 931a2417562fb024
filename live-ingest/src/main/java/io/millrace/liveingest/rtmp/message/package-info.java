/// RTMP messages as values (RTMP 1.0 §5.4, §6, §7).
@NullMarked
package io.millrace.liveingest.rtmp.message;

import org.jspecify.annotations.NullMarked;
