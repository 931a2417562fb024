package io.millrace.platformapi.model;

/// A page of a list.
public class BaseEntryListResponse extends ListResponse<BaseEntry> {}
