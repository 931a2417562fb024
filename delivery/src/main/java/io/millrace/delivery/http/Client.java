package io.millrace.delivery.http;

import org.jspecify.annotations.Nullable;

import java.net.InetSocketAddress;

/// Who is at the other end of a connection.
///
/// @param address the peer's, or what a PROXY header said
/// @param tls whether the connection is TLS here
/// @param load what its address has open; null when that is not limited: loopback and proxies stand
///   for many
record Client(InetSocketAddress address, boolean tls, AddressLoads.@Nullable Load load) {}
