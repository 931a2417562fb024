package io.millrace.liveingest.auth;

import java.util.Map;

/// Who wants to publish what. {@link #toString} never shows the token.
///
/// @param entryId the stream's name without its ingest suffix; `[A-Za-z0-9_.-]{1,128}`, checked
/// @param partnerId Kaltura's `p`, or empty
/// @param index ingest index: 0 primary, 1 backup
/// @param token the stream key, or empty when the publisher gave none
/// @param streamName the name as published, without its query
/// @param app the RTMP application, without its query
/// @param remoteAddress the publisher's IP address
/// @param parameters every query parameter of tcUrl, app and name, merged; holds the key too
public record PublishRequest(
        String entryId,
        String partnerId,
        int index,
        String token,
        String streamName,
        String app,
        String remoteAddress,
        Map<String, String> parameters) {

    public PublishRequest {
        parameters = Map.copyOf(parameters);
    }

    @Override
    public String toString() {
        return "PublishRequest[entryId="
                + entryId
                + ", index="
                + index
                + ", streamName="
                + streamName
                + ", app="
                + app
                + ", remoteAddress="
                + remoteAddress
                + "]";
    }
}
