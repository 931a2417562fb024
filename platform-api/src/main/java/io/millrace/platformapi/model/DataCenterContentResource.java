package io.millrace.platformapi.model;

/// Content that is in the platform's reach already.
public abstract class DataCenterContentResource extends ContentResource {}
