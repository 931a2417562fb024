package io.millrace.platformapi.system;

import io.millrace.platformapi.http.ApiAction;
import io.millrace.platformapi.http.ApiService;

import java.time.InstantSource;

/// Whether the server is there, its time and its version.
@ApiService("system")
public final class SystemService {
    private final InstantSource clock;
    private final String version;

    public SystemService(InstantSource clock, String version) {
        this.clock = clock;
        this.version = version;
    }

    @ApiAction(access = ApiAction.Access.NONE)
    public boolean ping() {
        return true;
    }

    @ApiAction(access = ApiAction.Access.NONE)
    public long getTime() {
        return clock.instant().getEpochSecond();
    }

    @ApiAction(access = ApiAction.Access.NONE)
    public String getVersion() {
        return version;
    }
}
