package io.millrace.platformapi.model;

/// A page of a list.
public class WorkListResponse extends ListResponse<Work> {}
