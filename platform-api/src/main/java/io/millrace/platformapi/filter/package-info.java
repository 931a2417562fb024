/// Filters and pages of lists as SQL conditions: a filter's member is a property and a test, and
/// what columns the property has is all that a feature says.
///
/// Start at {@link io.millrace.platformapi.filter.FilterColumns}. Which rows a caller may see at
/// all is not here: each feature's rules add that to the {@link
/// io.millrace.platformapi.filter.Conditions}.
@NullMarked
package io.millrace.platformapi.filter;

import org.jspecify.annotations.NullMarked;
