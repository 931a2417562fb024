package io.millrace.delivery.codec;

import org.jspecify.annotations.Nullable;

/// What displays with less range map a bright picture with.
///
/// @param display null where it is not said
/// @param content null where it is not said
public record HdrLight(@Nullable MasteringDisplay display, @Nullable ContentLight content) {
    /// Nothing is said.
    public static final HdrLight NONE = new HdrLight(null, null);
}
