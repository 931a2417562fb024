package io.millrace.delivery.dash;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.PsshBox;

import org.jspecify.annotations.Nullable;

import java.util.Base64;

/// `ContentProtection` of an adaptation set, ISO/IEC 23009-1 §5.8.4.1 and 23001-7 §11.2: the scheme
/// with the key's id, then one element per licence system with its `pssh`.
///
/// No licence URL is told, not even ClearKey's: players take a relative one for one beside their
/// own page, and prefer it to the one they were configured with.
final class ContentProtections {
    private ContentProtections() {}

    /// The name spaces that {@link #write} uses, on the open `MPD` element.
    static void nameSpaces(XmlWriter xml, @Nullable Protection protection) {
        if (protection == null) {
            return;
        }
        xml.attribute("xmlns:cenc", "urn:mpeg:cenc:2013");
        if (protection.playReadyObject() != null) {
            xml.attribute("xmlns:mspr", "urn:microsoft:playready");
        }
    }

    /// To be the first children of an adaptation set.
    static void write(XmlWriter xml, @Nullable Protection protection) {
        if (protection == null) {
            return;
        }
        String id = protection.key().id().toString();
        xml.open("ContentProtection")
                .attribute("schemeIdUri", "urn:mpeg:dash:mp4protection:2011")
                .attribute("value", protection.scheme().commonEncryptionName())
                .attribute("cenc:default_KID", id)
                .close();
        for (PsshBox system : protection.fileBoxes()) {
            xml.open("ContentProtection").attribute("schemeIdUri", "urn:uuid:" + system.systemId());
            xml.element("cenc:pssh", base64(system.box()));
            byte[] object = protection.playReadyObject();
            if (system.systemId().equals(PsshBox.PLAYREADY) && object != null) {
                xml.element("mspr:pro", base64(object));
            }
            xml.close();
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
