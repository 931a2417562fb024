/// Opus decoder configuration, "Encapsulation of Opus in ISO Base Media File Format".
@NullMarked
package io.millrace.delivery.codec.opus;

import org.jspecify.annotations.NullMarked;
