/// Live streams: keys, who publishes where, and how a recording becomes an entry. Start at {@link
/// io.millrace.platformapi.live.LiveStreamService}.
@NullMarked
package io.millrace.platformapi.live;

import org.jspecify.annotations.NullMarked;
