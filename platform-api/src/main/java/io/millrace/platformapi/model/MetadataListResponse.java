package io.millrace.platformapi.model;

/// A page of a list.
public class MetadataListResponse extends ListResponse<Metadata> {}
