/// What operators watch: health, readiness and metrics on a listener of their own.
@NullMarked
package io.millrace.mediaserver.metrics;

import org.jspecify.annotations.NullMarked;
