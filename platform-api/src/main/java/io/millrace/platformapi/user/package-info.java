/// Who can log in, and how passwords are kept. Start at {@link
/// io.millrace.platformapi.user.UserService}.
@NullMarked
package io.millrace.platformapi.user;

import org.jspecify.annotations.NullMarked;
