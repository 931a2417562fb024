/// Pictures of stored video, made when they are asked for: thumbnails of a moment, sheets of many.
///
/// Which samples of the file make the picture ({@link FrameChooser}), how they are put into a
/// little MP4 of our own ({@link io.millrace.delivery.decode.SampleMovie}), what a sandboxed ffmpeg
/// makes of it ({@link PictureMaker}), and how sheets are laid out ({@link SheetLayout}). Names are
/// read by {@link PictureName}. Not here: HTTP. Start at {@link PictureMaker}.
@NullMarked
package io.millrace.delivery.thumbnail;

import org.jspecify.annotations.NullMarked;
