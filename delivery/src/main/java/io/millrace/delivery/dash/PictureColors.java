package io.millrace.delivery.dash;

import io.millrace.delivery.codec.ColorInfo;

/// How a bright picture's numbers are meant, by the descriptors of ISO/IEC 23091-2. Supplemental:
/// who does not know them plays the set all the same.
public final class PictureColors {
    private static final int NOT_SAID = 2;

    private PictureColors() {}

    /// Into an adaptation set, behind its `ContentProtection`; nothing for standard range.
    public static void write(XmlWriter xml, ColorInfo color) {
        if (color.range() == ColorInfo.Range.SDR) {
            return;
        }
        property(xml, "ColourPrimaries", color.colorPrimaries());
        property(xml, "TransferCharacteristics", color.transferCharacteristics());
        property(xml, "MatrixCoefficients", color.matrixCoefficients());
    }

    private static void property(XmlWriter xml, String name, int codePoint) {
        if (codePoint != NOT_SAID) {
            xml.open("SupplementalProperty")
                    .attribute("schemeIdUri", "urn:mpeg:mpegB:cicp:" + name)
                    .attribute("value", codePoint)
                    .close();
        }
    }
}
