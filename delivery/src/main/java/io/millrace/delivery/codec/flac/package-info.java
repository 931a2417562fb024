/// FLAC decoder configuration, "Encapsulation of FLAC in ISO Base Media File Format".
@NullMarked
package io.millrace.delivery.codec.flac;

import org.jspecify.annotations.NullMarked;
