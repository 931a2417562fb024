package io.millrace.delivery.drm;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/// The Content Protection Information Exchange format of DASH-IF, version 2.3: a request for one
/// key, and the answer with keys in the clear (`pskc:PlainValue`). Encrypted and signed documents
/// are not read.
///
/// Documents with a DTD are refused, external entities are never looked at, size and depth are
/// bounded.
final class CpixDocument {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_ELEMENTS = 10_000;
    private static final int MAX_SYSTEMS = 16;
    private static final String CPIX = "urn:dashif:org:cpix";
    private static final String PSKC = "urn:ietf:params:xml:ns:keyprov:pskc";
    private static final Pattern PLAYREADY_OBJECT =
            Pattern.compile("<(?:\\w+:)?pro[^>]*>([A-Za-z0-9+/=\\s]+)</(?:\\w+:)?pro>");
    private static final Pattern KEY_URI = Pattern.compile("URI=\"(skd://[^\"]+)\"");

    private final Map<UUID, ContentKey> keys = new HashMap<>();
    private final List<PsshBox> systems = new ArrayList<>();
    private byte @Nullable [] playReadyObject;

    // The element under way.
    private @Nullable UUID keyId;
    private byte @Nullable [] keyIv;
    private @Nullable UUID systemKey;
    private @Nullable UUID systemId;

    private final UUID wanted;

    private CpixDocument(UUID wanted) {
        this.wanted = wanted;
    }

    /// Asks for the key `id` of the media `path`.
    static byte[] request(
            String path, UUID id, @Nullable EncryptionScheme scheme, List<UUID> systems) {
        var out = new StringBuilder(512);
        out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<cpix:CPIX xmlns:cpix=\"")
                .append(CPIX)
                .append("\" xmlns:pskc=\"")
                .append(PSKC)
                .append("\" version=\"2.3\" contentId=\"")
                .append(escaped(path))
                .append("\">\n <cpix:ContentKeyList>\n  <cpix:ContentKey kid=\"")
                .append(id)
                .append('"');
        if (scheme != null && scheme.isCommonEncryption()) {
            out.append(" commonEncryptionScheme=\"")
                    .append(scheme.commonEncryptionName())
                    .append('"');
        }
        out.append("/>\n </cpix:ContentKeyList>\n");
        if (!systems.isEmpty()) {
            out.append(" <cpix:DRMSystemList>\n");
            for (UUID system : systems) {
                out.append("  <cpix:DRMSystem kid=\"")
                        .append(id)
                        .append("\" systemId=\"")
                        .append(system)
                        .append("\"/>\n");
            }
            out.append(" </cpix:DRMSystemList>\n");
        }
        return out.append("</cpix:CPIX>\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }

    /// Reads an answer.
    ///
    /// @param wanted the key asked for; where a service chose its own ids, its only key is taken
    static KeyProvider.Keys parse(byte[] document, UUID wanted, String path)
            throws KeyServiceException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
        factory.setProperty(XMLInputFactory.IS_COALESCING, true);
        factory.setXMLResolver(
                (_, _, _, _) -> {
                    throw new XMLStreamException("external entity");
                });
        var read = new CpixDocument(wanted);
        try {
            XMLStreamReader in = factory.createXMLStreamReader(new ByteArrayInputStream(document));
            try {
                read.walk(in);
            } finally {
                in.close();
            }
        } catch (XMLStreamException e) {
            // Not the parser's words, which may quote the document.
            throw new KeyServiceException("the CPIX document for " + path + " is no sound XML");
        }
        return read.result(path);
    }

    private void walk(XMLStreamReader in) throws XMLStreamException, KeyServiceException {
        int depth = 0;
        int elements = 0;
        while (in.hasNext()) {
            switch (in.next()) {
                case XMLStreamConstants.DTD, XMLStreamConstants.ENTITY_REFERENCE ->
                        throw new KeyServiceException("a CPIX document has a DTD or entities");
                case XMLStreamConstants.START_ELEMENT -> {
                    if (++depth > MAX_DEPTH || ++elements > MAX_ELEMENTS) {
                        throw new KeyServiceException("a CPIX document is too deep or too long");
                    }
                    if (start(in)) {
                        depth--;
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> depth--;
                default -> {}
            }
        }
    }

    /// @return whether the element's end was read, too
    private boolean start(XMLStreamReader in) throws XMLStreamException, KeyServiceException {
        switch (in.getLocalName()) {
            case "ContentKey" -> {
                keyId = KeyTexts.id(attribute(in, "kid"), "CPIX ContentKey@kid");
                String iv = attribute(in, "explicitIV");
                keyIv = iv.isEmpty() ? null : KeyTexts.bytes16(iv, "CPIX ContentKey@explicitIV");
            }
            case "PlainValue" -> {
                byte[] value = KeyTexts.bytes16(in.getElementText(), "CPIX PlainValue");
                if (keyId != null) {
                    keys.put(keyId, new ContentKey(keyId, value, keyIv));
                }
                return true;
            }
            case "EncryptedValue" ->
                    throw new KeyServiceException(
                            "the CPIX document's keys are encrypted (expected: PlainValue)");
            case "DRMSystem" -> {
                systemKey = KeyTexts.id(attribute(in, "kid"), "CPIX DRMSystem@kid");
                systemId = KeyTexts.id(attribute(in, "systemId"), "CPIX DRMSystem@systemId");
            }
            case "PSSH" -> {
                byte[] data = KeyTexts.base64(in.getElementText(), "CPIX PSSH");
                if (systemId != null && !systemId.equals(PsshBox.FAIRPLAY)) {
                    add(PsshBox.of(systemId, data));
                }
                return true;
            }
            case "ContentProtectionData" -> {
                String text = embedded(in.getElementText(), "CPIX ContentProtectionData");
                Matcher object = PLAYREADY_OBJECT.matcher(text);
                if (PsshBox.PLAYREADY.equals(systemId) && object.find()) {
                    playReadyObject = KeyTexts.base64(object.group(1), "CPIX mspr:pro");
                }
                return true;
            }
            case "HLSSignalingData", "URIExtXKey" -> {
                String text = embedded(in.getElementText(), "CPIX " + "HLSSignalingData");
                Matcher uri = KEY_URI.matcher(text);
                String found = uri.find() ? uri.group(1) : text.strip();
                if (PsshBox.FAIRPLAY.equals(systemId) && found.startsWith("skd://")) {
                    add(
                            new PsshBox(
                                    PsshBox.FAIRPLAY,
                                    List.of(),
                                    found.getBytes(StandardCharsets.UTF_8)));
                }
                return true;
            }
            default -> {}
        }
        return false;
    }

    private void add(PsshBox box) throws KeyServiceException {
        if (systemKey == null || keys.isEmpty() || systemKey.equals(onlyKey())) {
            boolean known = systems.stream().anyMatch(b -> b.systemId().equals(box.systemId()));
            if (!known) {
                systems.add(box);
            }
            if (systems.size() > MAX_SYSTEMS) {
                throw new KeyServiceException("a CPIX document lists too many systems");
            }
        }
    }

    private UUID onlyKey() {
        return keys.containsKey(wanted) ? wanted : keys.keySet().iterator().next();
    }

    private static String attribute(XMLStreamReader in, String name) {
        String value = in.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    /// Base64 of a text, or the text.
    private static String embedded(String text, String what) throws KeyServiceException {
        String plain = text.strip();
        if (plain.toLowerCase(Locale.ROOT).startsWith("skd:") || plain.startsWith("<")) {
            return plain;
        }
        return new String(KeyTexts.base64(plain, what), StandardCharsets.UTF_8);
    }

    private KeyProvider.Keys result(String path) throws KeyServiceException {
        ContentKey key = keys.get(wanted);
        if (key == null && keys.size() == 1) {
            key = keys.values().iterator().next();
        }
        if (key == null) {
            throw new KeyServiceException(
                    "the CPIX document for " + path + " has no key of id " + wanted);
        }
        return new KeyProvider.Keys(key, systems, playReadyObject);
    }
}
