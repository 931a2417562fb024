package io.millrace.liveingest.gate;

/// What is asked about somebody who wants to watch.
///
/// @param stream the entry's id
/// @param rendition empty: the usual one, or all of them
/// @param kind how he watches: `rtmp`, `http-flv`, `hls`, `dash`; `thumbnail` for who looks only
public record PlayQuestion(String stream, String rendition, String kind, Player player) {}
