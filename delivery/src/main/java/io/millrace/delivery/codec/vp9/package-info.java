/// VP9 (VP codec ISO media file format binding).
@NullMarked
package io.millrace.delivery.codec.vp9;

import org.jspecify.annotations.NullMarked;
