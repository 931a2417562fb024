package io.millrace.platformapi.model;

/// What is done to content on its way into an entry.
public abstract class OperationAttributes extends ApiObject {}
