/// HLS playlists (RFC 8216 and its second edition draft): tags, attributes, versions.
@NullMarked
package io.millrace.delivery.hls;

import org.jspecify.annotations.NullMarked;
