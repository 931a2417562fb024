/// Signatures that platform and delivery share: the one makes them, the other checks them, neither
/// asks the other.
@NullMarked
package io.millrace.storage.sign;

import org.jspecify.annotations.NullMarked;
