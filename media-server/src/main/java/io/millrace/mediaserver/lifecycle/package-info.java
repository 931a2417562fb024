/// Starting and stopping: the data folder, its secrets, the order of the roles, the drain.
///
/// Start at {@link io.millrace.mediaserver.lifecycle.MediaServer}.
@NullMarked
package io.millrace.mediaserver.lifecycle;

import org.jspecify.annotations.NullMarked;
