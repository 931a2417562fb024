/// From a path to media: is it signed, which objects does it name, what is in them.
///
/// {@link SignedPaths} decides who may ask, {@link MediaFiles} where names lead to, {@link
/// OpenBlobs} keeps hot files open, {@link MediaLibrary} knows their indexes and hands out {@link
/// OpenMedia}; what the libraries of a node share is in {@link MediaCaches}. Not here: HTTP, and
/// what a reply looks like.
@NullMarked
package io.millrace.delivery.mapping;

import org.jspecify.annotations.NullMarked;
