/// Session tokens (KS): both layouts read and made, privileges, and the checks that a token must
/// pass.
///
/// Pure but for two interfaces: {@link io.millrace.platformapi.session.PartnerSecrets} and {@link
/// io.millrace.platformapi.session.SessionStore} are implemented where the tables are.
@NullMarked
package io.millrace.platformapi.session;

import org.jspecify.annotations.NullMarked;
