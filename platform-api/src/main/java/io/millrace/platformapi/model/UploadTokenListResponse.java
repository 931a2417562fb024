package io.millrace.platformapi.model;

/// A page of a list.
public class UploadTokenListResponse extends ListResponse<UploadToken> {}
