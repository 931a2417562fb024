package io.millrace.liveingest.play;

import io.millrace.liveingest.stream.LiveSource;

/// What becomes of somebody who wants to watch.
public sealed interface Admission {
    /// May, and this is it.
    record Admitted(LiveSource source) implements Admission {}

    /// May not.
    ///
    /// @param message for the person who watches
    record Refused(String message) implements Admission {}

    /// Nobody could say.
    record Unanswered() implements Admission {}

    /// There is no such stream at the moment.
    record NotLive() implements Admission {}
}
