/// Workers that lease jobs from the API and run ffmpeg as sandboxed child processes.
@NullMarked
package io.millrace.batch;

import org.jspecify.annotations.NullMarked;
