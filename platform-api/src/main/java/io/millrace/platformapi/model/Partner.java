package io.millrace.platformapi.model;

import org.jspecify.annotations.Nullable;

/// A publisher: the owner of entries.
public class Partner extends ApiObject {
    @ReadOnly public @Nullable Integer id;
    public @Nullable String name;
    public @Nullable String website;
    public @Nullable String adminName;
    public @Nullable String adminEmail;
    public @Nullable String description;
    @ReadOnly public @Nullable Integer status;
    @ReadOnly @Time public @Nullable Long createdAt;
    @ReadOnly public @Nullable String secret;
    @ReadOnly public @Nullable String adminSecret;
}
