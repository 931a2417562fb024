/// Still pictures of entries, made by a job.
@NullMarked
package io.millrace.platformapi.thumb;

import org.jspecify.annotations.NullMarked;
