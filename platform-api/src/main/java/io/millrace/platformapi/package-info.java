/// The platform: Kaltura API v3, entries, jobs, sessions, playback URLs, player and console pages.
@NullMarked
package io.millrace.platformapi;

import org.jspecify.annotations.NullMarked;
