package io.millrace.platformapi.model;

/// A page of a list.
public class LiveStreamListResponse extends ListResponse<LiveStreamEntry> {}
