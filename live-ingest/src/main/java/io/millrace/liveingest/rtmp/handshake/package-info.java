/// The 3073 bytes each side sends before the first chunk: simple and digest form.
@NullMarked
package io.millrace.liveingest.rtmp.handshake;

import org.jspecify.annotations.NullMarked;
