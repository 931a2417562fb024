/// RTMP 1.0 and what its clients do beyond it, one layer of the specification a package.
///
/// From the socket inwards: {@link io.millrace.liveingest.rtmp.handshake}, {@link
/// io.millrace.liveingest.rtmp.chunk}, {@link io.millrace.liveingest.rtmp.message}, {@link
/// io.millrace.liveingest.rtmp.session}.
@NullMarked
package io.millrace.liveingest.rtmp;

import org.jspecify.annotations.NullMarked;
