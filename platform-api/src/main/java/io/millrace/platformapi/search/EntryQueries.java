package io.millrace.platformapi.search;

import io.millrace.platformapi.model.EntryStatus;

import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.QueryBuilder;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A caller's words as a query (kaltura-v3 e.3): words, `"phrases"`, `!not`, `prefix*`. Nothing
/// that a caller types is an error: what has no meaning is a word.
final class EntryQueries {
    private static final int MAX_TERMS = 64;

    private final Analyzer analyzer;

    EntryQueries(Analyzer analyzer) {
        this.analyzer = analyzer;
    }

    /// @param every whether all words must be there
    Query of(int partnerId, String text, boolean every) {
        var query = new BooleanQuery.Builder();
        int wanted = 0;
        for (String term : terms(text)) {
            boolean not = term.startsWith("!") && term.length() > 1;
            Query each = term(not ? term.substring(1) : term);
            if (each == null) {
                continue;
            }
            if (not) {
                query.add(each, Occur.MUST_NOT);
            } else {
                query.add(each, every ? Occur.MUST : Occur.SHOULD);
                wanted++;
            }
        }
        if (wanted == 0) {
            return new MatchNoDocsQuery("no word to look for");
        }
        if (partnerId > 0) {
            query.add(
                    new TermQuery(new Term(EntryDocument.PARTNER, Integer.toString(partnerId))),
                    Occur.FILTER);
        }
        query.add(
                new TermQuery(
                        new Term(EntryDocument.STATUS, Integer.toString(EntryStatus.DELETED))),
                Occur.MUST_NOT);
        if (!every) {
            query.setMinimumNumberShouldMatch(1);
        }
        return query.build();
    }

    private @org.jspecify.annotations.Nullable Query term(String term) {
        var builder = new QueryBuilder(analyzer);
        if (term.startsWith("\"")) {
            return builder.createPhraseQuery(EntryDocument.TEXT, term.replace("\"", ""));
        }
        var either = new BooleanQuery.Builder();
        if (term.endsWith("*") && term.length() > 1) {
            String prefix =
                    analyzer.normalize(EntryDocument.TEXT, term.substring(0, term.length() - 1))
                            .utf8ToString();
            return new PrefixQuery(new Term(EntryDocument.TEXT, prefix));
        }
        Query words = builder.createBooleanQuery(EntryDocument.TEXT, term, Occur.MUST);
        if (words != null) {
            either.add(words, Occur.SHOULD);
        }
        either.add(
                new TermQuery(new Term(EntryDocument.EXACT, term.toLowerCase(Locale.ROOT))),
                Occur.SHOULD);
        return either.build();
    }

    private static List<String> terms(String text) {
        var terms = new ArrayList<String>();
        int at = 0;
        while (at < text.length() && terms.size() < MAX_TERMS) {
            char c = text.charAt(at);
            if (Character.isWhitespace(c) || c == ',') {
                at++;
                continue;
            }
            int end;
            if (c == '"') {
                int close = text.indexOf('"', at + 1);
                end = close < 0 ? text.length() : close + 1;
            } else {
                end = at;
                while (end < text.length()
                        && !Character.isWhitespace(text.charAt(end))
                        && text.charAt(end) != ',') {
                    end++;
                }
            }
            terms.add(text.substring(at, end));
            at = end;
        }
        return terms;
    }
}
