package io.millrace.platformapi.client;

import java.util.Map;

/// The platform understood the call and refused it.
public final class ApiClientException extends Exception {
    private static final long serialVersionUID = 1;

    private final String code;
    private final transient Map<String, String> args;

    public ApiClientException(String code, String message, Map<String, String> args) {
        super(code + ": " + message);
        this.code = code;
        this.args = Map.copyOf(args);
    }

    /// Kaltura's: `ENTRY_ID_NOT_FOUND`.
    public String code() {
        return code;
    }

    public Map<String, String> args() {
        return args;
    }
}
