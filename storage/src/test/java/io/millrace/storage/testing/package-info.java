/// What tests of several modules need: a real S3 server.
@NullMarked
package io.millrace.storage.testing;

import org.jspecify.annotations.NullMarked;
