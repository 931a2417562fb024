/// Publishing from a browser: a page records camera and microphone with MediaRecorder and sends the
/// bytes over a WebSocket; here they become the tags that an RTMP publisher would send, so that
/// everything behind is the same.
///
/// Not here: containers (`demux`), the page (platform-api's `web`). Start at {@link
/// WebcamEndpoint}; the protocol is in {@link WebcamMessage}.
@NullMarked
package io.millrace.liveingest.webcam;

import org.jspecify.annotations.NullMarked;
