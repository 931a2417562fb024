package io.millrace.liveingest.rtmp.amf;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A value of AMF0, or of AMF3 told in AMF0's terms: integers become numbers, dense arrays arrays,
/// typed objects plain objects whose class name is dropped.
public sealed interface AmfValue {

    record AmfNumber(double value) implements AmfValue {}

    record AmfBoolean(boolean value) implements AmfValue {}

    record AmfString(String value) implements AmfValue {}

    /// AMF0 markers 3 (object), 8 (ECMA array) and 16 (typed object), in the order they came.
    ///
    /// @param ecmaArray whether it is written as marker 8
    record AmfObject(Map<String, AmfValue> properties, boolean ecmaArray) implements AmfValue {
        public AmfObject {
            properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
        }

        public AmfObject(Map<String, AmfValue> properties) {
            this(properties, false);
        }

        public @Nullable AmfValue get(String name) {
            return properties.get(name);
        }

        /// The property's text, or empty when there is none or it is no string.
        public String string(String name) {
            return properties.get(name) instanceof AmfString(String value) ? value : "";
        }

        /// The property's number, or `otherwise`.
        public double number(String name, double otherwise) {
            return properties.get(name) instanceof AmfNumber(double value) ? value : otherwise;
        }
    }

    record AmfArray(List<AmfValue> values) implements AmfValue {
        public AmfArray {
            values = List.copyOf(values);
        }
    }

    /// Milliseconds since 1970; the time zone on the wire is reserved and ignored.
    record AmfDate(double epochMillis) implements AmfValue {}

    enum Nothing implements AmfValue {
        NULL,
        UNDEFINED
    }

    static AmfValue of(double value) {
        return new AmfNumber(value);
    }

    static AmfValue of(boolean value) {
        return new AmfBoolean(value);
    }

    static AmfValue of(String value) {
        return new AmfString(value);
    }
}
