package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Content with something done to it.
public class OperationResource extends ContentResource {
    public @Nullable ContentResource resource;
    public @Nullable List<OperationAttributes> operationAttributes;
    public @Nullable Integer assetParamsId;
}
