package io.millrace.storage.sql;

import java.util.LinkedHashMap;
import java.util.Map;

/// Adds to a JDBC URL the driver properties we depend on, where the operator did not choose.
final class ConnectionUrl {
    private static final Map<String, String> DEFAULTS = new LinkedHashMap<>();

    static {
        DEFAULTS.put("rewriteBatchedStatements", "true");
        // Rows hold UTC whatever the server's and the JVM's zones are.
        DEFAULTS.put("connectionTimeZone", "UTC");
        DEFAULTS.put("forceConnectionTimeZoneToSession", "true");
        DEFAULTS.put("preserveInstants", "true");
        DEFAULTS.put("sendFractionalSeconds", "true");
        DEFAULTS.put("characterEncoding", "UTF-8");
        // The server's public key is asked for where the password plug-in of MySQL 8 needs it.
        DEFAULTS.put("allowPublicKeyRetrieval", "true");
        DEFAULTS.put("connectTimeout", "3000");
        // A frozen server is given up; the longest statement of ours is far below.
        DEFAULTS.put("socketTimeout", "60000");
        DEFAULTS.put("tcpKeepAlive", "true");
    }

    private ConnectionUrl() {}

    static String withDefaults(String url) {
        var result = new StringBuilder(url);
        boolean first = url.indexOf('?') < 0;
        for (var property : DEFAULTS.entrySet()) {
            if (!url.contains('?' + property.getKey() + '=')
                    && !url.contains('&' + property.getKey() + '=')) {
                result.append(first ? '?' : '&')
                        .append(property.getKey())
                        .append('=')
                        .append(property.getValue());
                first = false;
            }
        }
        return result.toString();
    }
}
