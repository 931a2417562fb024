/// What operators, the platform and programs may know of the streams of this node: what arrives,
/// who watches, what is wrong.
///
/// Start at {@link LiveReports}.
@NullMarked
package io.millrace.liveingest.info;

import org.jspecify.annotations.NullMarked;
