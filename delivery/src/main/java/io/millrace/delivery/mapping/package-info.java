/// From a path to media: is it signed, which objects does it name, what is in them.
///
/// {@link SignedPaths} decides who may ask, {@link OpenBlobs} keeps hot files open, {@link
/// MediaLibrary} keeps their indexes and hands out {@link OpenMedia}. Not here: HTTP, and what a
/// reply looks like.
@NullMarked
package io.millrace.delivery.mapping;

import org.jspecify.annotations.NullMarked;
