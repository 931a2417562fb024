package io.millrace.platformapi.model;

/// A page of a list.
public class ConversionProfileListResponse extends ListResponse<ConversionProfile> {}
