/// What all codecs have in common. One package below per codec family; each reads its decoder
/// configuration and nothing else.
@NullMarked
package io.millrace.delivery.codec;

import org.jspecify.annotations.NullMarked;
