/// Places at which a process can be told to die, so that tests walk through every crash.
@NullMarked
package io.millrace.storage.failpoint;

import org.jspecify.annotations.NullMarked;
