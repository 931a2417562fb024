/// RTMP chunk streams: messages cut into chunks and put together again (RTMP 1.0 §5.3).
@NullMarked
package io.millrace.liveingest.rtmp.chunk;

import org.jspecify.annotations.NullMarked;
