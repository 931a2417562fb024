/// The past of what is shown and not recorded: files of fragments that players go back in, kept as
/// long as the window is and no longer. Begin with {@link io.millrace.liveingest.past.PastFiles}.
/// What is recorded has its past in its recording; which segments there were, and how they are told
/// of, is {@link io.millrace.liveingest.live.DvrWindow}.
@NullMarked
package io.millrace.liveingest.past;

import org.jspecify.annotations.NullMarked;
