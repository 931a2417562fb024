/// The player, the console, and the files that both consist of.
///
/// The scripts and styles are made from `src/main/web` by the build and are resources of this
/// package; {@link io.millrace.platformapi.web.WebPages} serves them. What the pages show they ask
/// of the API, as any other client would.
@NullMarked
package io.millrace.platformapi.web;

import org.jspecify.annotations.NullMarked;
