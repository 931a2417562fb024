package io.millrace.platformapi.model;

/// A page of a list.
public class FlavorAssetListResponse extends ListResponse<FlavorAsset> {}
