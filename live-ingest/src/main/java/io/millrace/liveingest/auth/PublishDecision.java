package io.millrace.liveingest.auth;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// The answer to a {@link PublishRequest}.
public sealed interface PublishDecision {

    /// May publish.
    ///
    /// @param entryId the entry whose stream this is, which may differ from the name asked for
    /// @param record whether the stream is recorded
    /// @param dvr how far its players may go back, within what the configuration allows; null for
    ///   that
    record Allowed(String entryId, boolean record, @Nullable Duration dvr)
            implements PublishDecision {
        /// With the configuration's past.
        public Allowed(String entryId, boolean record) {
            this(entryId, record, null);
        }
    }

    /// May not.
    ///
    /// @param message for the person at the encoder, who sees it; no keys, no internals
    record Denied(Reason reason, String message) implements PublishDecision {}

    /// Why not, and with it what an encoder should do: {@link #UNAVAILABLE} is worth another try,
    /// the others are not.
    enum Reason {
        /// The key is wrong, expired or missing.
        UNAUTHORIZED,
        /// There is no such stream.
        NOT_FOUND,
        /// A limit of the account or of this server is reached.
        LIMIT,
        /// Somebody else publishes it.
        BUSY,
        /// Nobody could be asked.
        UNAVAILABLE
    }
}
