/// What a publisher and we say to each other, in which order, over one RTMP connection; and the
/// server that accepts those connections. Start at {@link RtmpServer}.
@NullMarked
package io.millrace.liveingest.rtmp.session;

import org.jspecify.annotations.NullMarked;
