/// API v3's wire protocol: from a request's bytes to a call of a service's method and back.
///
/// Start reading at `ApiDispatcher`. Knows no HTTP server: whoever has one hands in an `ApiRequest`
/// and sends the `ApiResponse`. Knows no service either: those are given as objects and described
/// by their annotations.
@NullMarked
package io.millrace.platformapi.http;

import org.jspecify.annotations.NullMarked;
