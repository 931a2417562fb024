/// Renditions that this node makes of what an encoder sends: one sandboxed ffmpeg per stream, which
/// takes the source's pictures as FLV and gives all rungs back as tracks of one FLV.
///
/// Here: when such a child runs, what it is told, what goes in and comes out. Not here: what
/// becomes of a rung, which is a source of its stream like any other. Start at {@link Ladder}.
@NullMarked
package io.millrace.liveingest.ladder;

import org.jspecify.annotations.NullMarked;
