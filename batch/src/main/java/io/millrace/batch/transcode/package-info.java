/// Makes one rendition of a source: what ffmpeg is told, how far it is, and whether the result is
/// what was asked for. Start at {@link Transcoder}.
@NullMarked
package io.millrace.batch.transcode;

import org.jspecify.annotations.NullMarked;
