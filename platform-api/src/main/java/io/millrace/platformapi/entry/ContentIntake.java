package io.millrace.platformapi.entry;

import io.millrace.platformapi.http.ApiCall;
import io.millrace.platformapi.model.Resource;

/// Gives an entry its content; implemented by the feature that has it.
public interface ContentIntake {
    /// @param entry without content so far, its caller allowed to change it
    /// @throws io.millrace.platformapi.http.ApiException when the resource is of a kind we don't
    ///   take, is not there, or is not in a state to be taken
    void accept(ApiCall call, Entry entry, Resource resource);

    /// Whether the entry has, or is getting, its content from exactly this resource: then being
    /// given it again is no mistake and changes nothing.
    boolean isTaken(Entry entry, Resource resource);
}
