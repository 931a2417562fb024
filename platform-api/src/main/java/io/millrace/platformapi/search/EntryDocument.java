package io.millrace.platformapi.search;

import io.millrace.platformapi.entry.Entry;

import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StringField;
import org.apache.lucene.document.TextField;
import org.jspecify.annotations.Nullable;

import java.util.Locale;

/// What the index keeps of an entry: all its texts as one, its ids as they are, and what a query is
/// narrowed by.
final class EntryDocument {
    static final String TEXT = "text";
    static final String EXACT = "exact";
    static final String PARTNER = "partner";
    static final String STATUS = "status";

    private EntryDocument() {}

    static Document of(Entry entry) {
        var document = new Document();
        text(document, entry.name());
        text(document, entry.tags());
        text(document, entry.description());
        text(document, entry.adminTags());
        exact(document, entry.id());
        exact(document, entry.referenceId());
        exact(document, entry.userId());
        document.add(new StringField(PARTNER, Integer.toString(entry.partnerId()), Field.Store.NO));
        document.add(new StringField(STATUS, Integer.toString(entry.status()), Field.Store.NO));
        return document;
    }

    private static void text(Document document, @Nullable String text) {
        if (text != null && !text.isEmpty()) {
            document.add(new TextField(TEXT, text, Field.Store.NO));
        }
    }

    private static void exact(Document document, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            document.add(new StringField(EXACT, value.toLowerCase(Locale.ROOT), Field.Store.NO));
        }
    }
}
