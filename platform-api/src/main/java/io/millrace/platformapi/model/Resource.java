package io.millrace.platformapi.model;

/// Where content is to be taken from.
public abstract class Resource extends ApiObject {}
