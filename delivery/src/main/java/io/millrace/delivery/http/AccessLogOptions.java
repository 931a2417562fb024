package io.millrace.delivery.http;

import java.nio.file.Path;
import java.time.Duration;

/// How requests are logged.
///
/// @param folder of this node alone, on its own disk: where files are written
/// @param node in the files' names: letters, digits, `_` and `-`
/// @param maskAddresses whether only the network of a client's address is written
/// @param compress whether finished files are published as gzip
/// @param rotateBytes a file is finished when it is this large
/// @param rotateAfter and when it is this old; at each full hour in any case
public record AccessLogOptions(
        Path folder,
        String node,
        AccessLogFormat format,
        boolean maskAddresses,
        boolean compress,
        long rotateBytes,
        Duration rotateAfter) {

    public AccessLogOptions {
        if (!node.matches("[A-Za-z0-9_-]{1,64}")) {
            throw new IllegalArgumentException(
                    "node: " + node + " (expected: letters, digits, _ and -)");
        }
        if (rotateBytes < 1024) {
            throw new IllegalArgumentException("rotateBytes: " + rotateBytes);
        }
    }
}
