/// Renditions: what an entry should have (params, profiles, the ladder) and what it has (assets).
/// Start at {@link io.millrace.platformapi.flavor.Ladder}.
@NullMarked
package io.millrace.platformapi.flavor;

import org.jspecify.annotations.NullMarked;
