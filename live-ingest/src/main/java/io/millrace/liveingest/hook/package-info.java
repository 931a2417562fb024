/// HTTP calls to a program of the operator's when something happens to a stream: it may refuse a
/// publisher or a player, and it learns of ends and recordings.
///
/// Start at {@link LiveHooks}.
@NullMarked
package io.millrace.liveingest.hook;

import org.jspecify.annotations.NullMarked;
