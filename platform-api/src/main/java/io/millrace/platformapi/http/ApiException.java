package io.millrace.platformapi.http;

import java.util.LinkedHashMap;
import java.util.Map;

/// A call's failure as the client sees it: one of Kaltura's codes, its text, and the arguments in
/// the order of the error's definition. A service throws it for what the caller did wrong; the
/// dispatcher writes it out with HTTP status 200 (kaltura-v3 a.6).
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final transient Map<String, String> args;

    public ApiException(String code, String message) {
        this(code, message, Map.of());
    }

    /// @param args in the order in which they are to be written
    public ApiException(String code, String message, Map<String, String> args) {
        // Expected outcomes need no stack; they are many and say all in their code.
        super(message, null, false, false);
        this.code = code;
        this.args = args;
    }

    public String code() {
        return code;
    }

    public String text() {
        return String.valueOf(getMessage());
    }

    public Map<String, String> args() {
        return args;
    }

    /// @param namesAndValues name, value, name, value…
    public static ApiException of(String code, String message, String... namesAndValues) {
        var args = new LinkedHashMap<String, String>();
        for (int i = 0; i + 1 < namesAndValues.length; i += 2) {
            args.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new ApiException(code, message, args);
    }

    public static ApiException missingKs() {
        return of("MISSING_KS", "Missing KS. Session not established");
    }

    /// @param errorCode -1 malformed, -2 partner, -3 user, -4 type, -5 expired, -6 ended, -8 used
    ///   up, -9 address, -11 URI
    public static ApiException invalidKs(String ks, int errorCode, String description) {
        return of(
                "INVALID_KS",
                "Invalid KS \"" + ks + "\", Error \"" + errorCode + "," + description + "\"",
                "KSID",
                ks,
                "ERR_CODE",
                Integer.toString(errorCode),
                "ERR_DESC",
                description);
    }

    public static ApiException startSessionError(String partnerId) {
        return of(
                "START_SESSION_ERROR",
                "Error while starting session for partner [" + partnerId + "]",
                "PID",
                partnerId);
    }

    public static ApiException invalidPartnerId(String partnerId) {
        return of(
                "INVALID_PARTNER_ID",
                "Invalid partner_id [" + partnerId + "]",
                "PARTNER_ID",
                partnerId);
    }

    public static ApiException serviceNotSpecified() {
        return of("SERVICE_NOT_SPECIFIED", "Service parameter was not specified");
    }

    public static ApiException unknownService(String service) {
        return of(
                "SERVICE_DOES_NOT_EXISTS",
                "Service [" + service + "] does not exists",
                "SERVICE_NAME",
                service);
    }

    public static ApiException actionNotSpecified() {
        return of("ACTION_NOT_SPECIFIED", "Action parameter was not specified");
    }

    public static ApiException unknownAction(String action, String service) {
        return of(
                "ACTION_DOES_NOT_EXISTS",
                "Action [" + action + "] does not exists for service [" + service + "]",
                "ACTION_NAME",
                action,
                "SERVICE_NAME",
                service);
    }

    /// @param action as `media->list`
    public static ApiException serviceForbidden(String action) {
        return of(
                "SERVICE_FORBIDDEN",
                "The access to service [" + action + "] is forbidden",
                "SERVICE",
                action);
    }

    public static ApiException missingParameter(String name) {
        return of(
                "MISSING_MANDATORY_PARAMETER",
                "Missing parameter \"" + name + "\"",
                "PARAM_NAME",
                name);
    }

    public static ApiException invalidEnumValue(String value, String field, String enumName) {
        return of(
                "INVALID_ENUM_VALUE",
                "Invalid enumeration value \""
                        + value
                        + "\" for parameter \""
                        + field
                        + "\", expecting enumeration type \""
                        + enumName
                        + "\"",
                "VALUE",
                value,
                "PARAM_NAME",
                field,
                "ENUM_TYPE",
                enumName);
    }

    public static ApiException notUpdatable(String objectType, String field) {
        return of(
                "PROPERTY_VALIDATION_NOT_UPDATABLE",
                "The property \"" + objectType + "::" + field + "\" cannot be updated",
                "PROP_NAME",
                objectType + "::" + field);
    }

    public static ApiException cannotBeNull(String field) {
        return of(
                "PROPERTY_VALIDATION_CANNOT_BE_NULL",
                "The property \"" + field + "\" cannot be null",
                "PROP_NAME",
                field);
    }

    public static ApiException entryNotFound(String entryId) {
        return of(
                "ENTRY_ID_NOT_FOUND",
                "Entry id \"" + entryId + "\" not found",
                "ENTRY_ID",
                entryId);
    }

    public static ApiException uploadTokenNotFound(String id) {
        return of("UPLOAD_TOKEN_NOT_FOUND", "Upload token not found", "UPLOAD_TOKEN_ID", id);
    }

    public static ApiException flavorAssetNotFound(String id) {
        return of(
                "FLAVOR_ASSET_ID_NOT_FOUND",
                "Flavor asset id \"" + id + "\" not found",
                "FLAVOR_ASSET_ID",
                id);
    }

    public static ApiException conversionProfileNotFound(String id) {
        return of(
                "CONVERSION_PROFILE_ID_NOT_FOUND",
                "Conversion profile id \"" + id + "\" not found",
                "CONVERSION_PROFILE_ID",
                id);
    }

    public static ApiException internal(String requestId) {
        return of(
                "INTERNAL_SERVERL_ERROR",
                "Internal server error occurred, request " + requestId,
                "REQUEST_ID",
                requestId);
    }
}
