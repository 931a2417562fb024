package io.millrace.platformapi.model;

/// Which live streams.
public class LiveStreamEntryFilter extends LiveEntryFilter {}
