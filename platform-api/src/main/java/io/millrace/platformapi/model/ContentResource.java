package io.millrace.platformapi.model;

/// Content of one object.
public abstract class ContentResource extends Resource {}
