/// One type per role: it makes the role's parts from the configuration and adds them to the node.
///
/// Here: wiring. Not here: what a role does (its module knows). Start at {@link
/// io.millrace.mediaserver.role.NodeRole}.
@NullMarked
package io.millrace.mediaserver.role;

import org.jspecify.annotations.NullMarked;
