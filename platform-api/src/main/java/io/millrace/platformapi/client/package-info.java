/// Calls the platform over HTTP, for the roles that are not the platform: batch, live, delivery.
@NullMarked
package io.millrace.platformapi.client;

import org.jspecify.annotations.NullMarked;
