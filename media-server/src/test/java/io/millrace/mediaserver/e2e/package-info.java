/// The packaged program, started as a process on free ports with a fresh data folder, used by real
/// clients.
package io.millrace.mediaserver.e2e;
