package io.millrace.platformapi.model;

/// A page of a list.
public class FlavorParamsListResponse extends ListResponse<FlavorParams> {}
