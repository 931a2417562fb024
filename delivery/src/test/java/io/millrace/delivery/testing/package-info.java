/// What tests of this module and of those above share. Exported in the test-jar.
@NullMarked
package io.millrace.delivery.testing;

import org.jspecify.annotations.NullMarked;
