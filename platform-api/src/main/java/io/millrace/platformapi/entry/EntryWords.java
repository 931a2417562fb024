package io.millrace.platformapi.entry;

import java.util.List;
import java.util.Optional;

/// Which entries have these words in their texts; implemented by the search feature.
public interface EntryWords {
    /// @param every whether all words must be there, or one is enough
    /// @return empty when there is no index to ask now, and the caller has to look for itself
    Optional<List<String>> find(int partnerId, String text, boolean every);
}
