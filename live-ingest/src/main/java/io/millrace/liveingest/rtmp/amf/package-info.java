/// AMF0 values as RTMP commands carry them, and AMF3 values inside them. A class name from the wire
/// never becomes a class.
@NullMarked
package io.millrace.liveingest.rtmp.amf;

import org.jspecify.annotations.NullMarked;
