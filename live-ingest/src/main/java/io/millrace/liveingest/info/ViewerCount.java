package io.millrace.liveingest.info;

import java.util.Map;

/// Counts the viewers of a stream by kind. Thread-safe.
@FunctionalInterface
public interface ViewerCount {
    Map<String, Integer> of(String entryId);
}
