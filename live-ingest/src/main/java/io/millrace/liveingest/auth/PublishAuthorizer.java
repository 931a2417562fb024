package io.millrace.liveingest.auth;

import java.util.concurrent.CompletionStage;

/// Decides who may publish. Asked once per publish, never on a path that waits: the event loop goes
/// on while the answer is made, and after the caller's time limit a missing answer is a refusal.
///
/// Thread-safe; the stage may complete on any thread, but must not be made by blocking the caller.
@FunctionalInterface
public interface PublishAuthorizer {
    CompletionStage<PublishDecision> authorize(PublishRequest request);
}
