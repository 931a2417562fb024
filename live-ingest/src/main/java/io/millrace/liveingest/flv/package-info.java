/// The bodies of FLV tags, which are the bodies of RTMP audio and video messages: legacy codecs and
/// Enhanced RTMP (v1, v2).
///
/// Pure format: bytes in, values out. Start at {@link FlvVideoBody} and {@link FlvAudioBody}.
@NullMarked
package io.millrace.liveingest.flv;

import org.jspecify.annotations.NullMarked;
