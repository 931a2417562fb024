package io.millrace.delivery.packaging;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Splits nginx-vod's multi URLs: `<prefix>,<m1>,<m2>,...,<postfix>.urlset` names one file per part
/// between two commas, each `prefix + part + postfix`.
///
/// The suffix counts only at the very end. Without a comma (or with one) it is a single file. The
/// text is already percent-decoded, and commas may stand anywhere, even across slashes.
public final class UrlSet {
    public static final String SUFFIX = ".urlset";
    public static final int MAX_FILES = 32;

    private UrlSet() {}

    /// @param path what stands between the location and the file name
    /// @return one path per file in order (file k is `f<k>`), or empty when there are too many
    public static Optional<List<String>> split(String path) {
        if (!path.endsWith(SUFFIX)) {
            return Optional.of(List.of(path));
        }
        String list = path.substring(0, path.length() - SUFFIX.length());
        int first = list.indexOf(',');
        int last = list.lastIndexOf(',');
        if (first < 0) {
            return Optional.of(List.of(list));
        }
        String prefix = list.substring(0, first);
        String postfix = list.substring(last + 1);
        if (first == last) {
            return Optional.of(List.of(prefix + postfix));
        }
        List<String> files = new ArrayList<>();
        int start = first + 1;
        while (start <= last) {
            int end = list.indexOf(',', start);
            if (files.size() == MAX_FILES) {
                return Optional.empty();
            }
            files.add(prefix + list.substring(start, end) + postfix);
            start = end + 1;
        }
        return Optional.of(files);
    }
}
