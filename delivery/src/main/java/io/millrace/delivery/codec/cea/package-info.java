/// Captions inside the pictures, CEA-608 and CEA-708: which there are. What they say is left alone.
@NullMarked
package io.millrace.delivery.codec.cea;

import org.jspecify.annotations.NullMarked;
