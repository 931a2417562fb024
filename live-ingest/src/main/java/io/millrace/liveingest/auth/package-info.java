/// May this publisher publish? The question, the ways of putting it into an RTMP URL, the answer
/// and how long an answer holds.
///
/// Not here: who knows the keys (the platform, through {@link PublishAuthorizer}). Start at {@link
/// PublishAuthorizer}.
@NullMarked
package io.millrace.liveingest.auth;

import org.jspecify.annotations.NullMarked;
