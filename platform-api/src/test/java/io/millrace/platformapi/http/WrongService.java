package io.millrace.platformapi.http;

import java.time.Instant;

/// Has a parameter that the wire has no form for.
@ApiService("wrong")
public final class WrongService {
    @ApiAction
    public void bad(Instant when) {
        throw new IllegalStateException(String.valueOf(when));
    }
}
