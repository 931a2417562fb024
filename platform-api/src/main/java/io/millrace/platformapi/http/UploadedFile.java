package io.millrace.platformapi.http;

import java.nio.file.Path;

/// A file part of a multipart body, already on disk.
///
/// Ownership: the HTTP server made `path` and deletes it when the request is over, unless it was
/// moved away by then; a service moves or copies what it keeps.
///
/// @param name the parameter, such as `fileData`, without a sub-request's number
/// @param fileName as the client named it, without any folder; empty when it gave none
public record UploadedFile(String name, String fileName, Path path, long sizeBytes) {}
