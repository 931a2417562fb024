/// Storage that is slow, hung, gone, or changes under running requests, against a real server.
@NullMarked
package io.millrace.delivery.faults;

import org.jspecify.annotations.NullMarked;
