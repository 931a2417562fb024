/// From a publisher's socket to a live stream, and from that to viewers and files.
@NullMarked
package io.millrace.liveingest;

import org.jspecify.annotations.NullMarked;
