/// `millrace demo`: one video through the whole path, by the API that every program uses, and what
/// came out of it.
@NullMarked
package io.millrace.mediaserver.demo;

import org.jspecify.annotations.NullMarked;
