package io.millrace.platformapi.model;

/// A page of a list.
public class EntryServerNodeListResponse extends ListResponse<LiveEntryServerNode> {}
