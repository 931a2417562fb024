package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// What an access rule does when it fires.
public class RuleAction extends ApiObject {
    @ReadOnly @NumericString public @Nullable String type;
}
