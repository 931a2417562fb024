/// The services `session` and `system`: tokens made, ended and shown, and the server's time and
/// version.
@NullMarked
package io.millrace.platformapi.system;

import org.jspecify.annotations.NullMarked;
