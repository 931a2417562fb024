/// Publishers and the secrets that sign their sessions; ended sessions. Start at {@link
/// io.millrace.platformapi.partner.PartnerStore}.
@NullMarked
package io.millrace.platformapi.partner;

import org.jspecify.annotations.NullMarked;
