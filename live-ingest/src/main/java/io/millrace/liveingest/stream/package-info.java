/// A live stream between its publisher and its subscribers: one event loop owns it, its time line
/// never goes back, and no subscriber can hold it up.
///
/// Not here: how a unit came in (`rtmp`, `flv`), what a player or a file gets (`live`, `record`).
/// Start at {@link LiveStream}.
@NullMarked
package io.millrace.liveingest.stream;

import org.jspecify.annotations.NullMarked;
