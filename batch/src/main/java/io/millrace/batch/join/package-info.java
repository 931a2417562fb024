/// Files of one recording into one, without decoding.
@NullMarked
package io.millrace.batch.join;

import org.jspecify.annotations.NullMarked;
