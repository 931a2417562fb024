package io.millrace.platformapi.model;

/// A page of a list.
public class MediaListResponse extends ListResponse<MediaEntry> {}
