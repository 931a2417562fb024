package io.millrace.platformapi.model;

/// A page of a list.
public class ThumbAssetListResponse extends ListResponse<ThumbAsset> {}
