/// Calls the platform over HTTP, for the roles that are not the platform: batch, live, delivery,
/// the demo command.
///
/// Start at {@link io.millrace.platformapi.client.PlatformClient}. What is sent and answered are
/// the classes of `model`; nothing else of the platform is visible from here.
@NullMarked
package io.millrace.platformapi.client;

import org.jspecify.annotations.NullMarked;
