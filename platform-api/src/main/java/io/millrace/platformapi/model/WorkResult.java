package io.millrace.platformapi.model;

/// What came out of a job.
public abstract class WorkResult extends ApiObject {}
