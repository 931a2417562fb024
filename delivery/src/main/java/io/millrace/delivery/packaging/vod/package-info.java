/// The one door to stored media's packaging: a media set and a request's name in, the reply's bytes
/// out. Start at {@link io.millrace.delivery.packaging.vod.VodPackager}.
@NullMarked
package io.millrace.delivery.packaging.vod;

import org.jspecify.annotations.NullMarked;
