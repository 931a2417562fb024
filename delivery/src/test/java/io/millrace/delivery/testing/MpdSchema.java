package io.millrace.delivery.testing;

import org.xml.sax.SAXException;

import java.io.File;
import java.io.IOException;
import java.io.StringReader;
import java.util.Objects;

import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;

/// Holds an MPD against a schema: ours of what we write, and the standard's own too where
/// `-Dmpd.schema=FILE` says where it is (its licence does not let us carry it).
public final class MpdSchema {
    private MpdSchema() {}

    public static void check(String mpd) throws IOException, SAXException {
        check(mpd, "/mpd-written.xsd");
    }

    /// @param written the resource that has our own schema
    public static void check(String mpd, String written) throws IOException, SAXException {
        SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        Schema ours =
                factory.newSchema(Objects.requireNonNull(MpdSchema.class.getResource(written)));
        ours.newValidator().validate(new StreamSource(new StringReader(mpd)));
        String standard = System.getProperty("mpd.schema");
        if (standard != null) {
            factory.newSchema(new File(standard))
                    .newValidator()
                    .validate(new StreamSource(new StringReader(mpd)));
        }
    }
}
