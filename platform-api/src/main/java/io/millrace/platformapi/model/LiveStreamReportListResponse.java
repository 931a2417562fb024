package io.millrace.platformapi.model;

/// A page of a list.
public class LiveStreamReportListResponse extends ListResponse<LiveStreamReport> {}
