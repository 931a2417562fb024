/// Takes a part out of recordings, of one that still grows too, without touching its samples. Start
/// at {@link io.millrace.batch.clip.Clipper}.
@NullMarked
package io.millrace.batch.clip;

import org.jspecify.annotations.NullMarked;
