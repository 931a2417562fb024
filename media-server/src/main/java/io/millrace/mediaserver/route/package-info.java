/// The routes that join HTTP to the platform, which knows no server.
@NullMarked
package io.millrace.mediaserver.route;

import org.jspecify.annotations.NullMarked;
