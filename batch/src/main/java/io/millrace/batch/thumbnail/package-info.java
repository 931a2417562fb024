/// Makes a picture of a moment of a video.
@NullMarked
package io.millrace.batch.thumbnail;

import org.jspecify.annotations.NullMarked;
