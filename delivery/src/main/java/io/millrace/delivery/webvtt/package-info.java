/// Subtitles as text: WebVTT and SubRip read into cues, WebVTT (whole or a segment) and TTML
/// written from them.
///
/// Start with {@link Subtitles}; {@link SubtitleReader} makes one of a file's bytes. Not here:
/// which segment is wanted (`packaging`), playlists, HTTP.
@NullMarked
package io.millrace.delivery.webvtt;

import org.jspecify.annotations.NullMarked;
