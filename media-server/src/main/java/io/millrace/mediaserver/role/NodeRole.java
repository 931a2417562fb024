package io.millrace.mediaserver.role;

import io.millrace.mediaserver.lifecycle.StartException;

import java.time.Duration;

/// What a node does for one role. Started once, drained once, closed once, by the server's own
/// thread.
public interface NodeRole extends AutoCloseable {
    /// Adds routes and checks and starts what runs by itself. Does not wait for other nodes or the
    /// database: a role whose dependency is late starts, and says in its readiness what it waits
    /// for.
    void start() throws StartException;

    /// Ends work in progress within `patience`; new work is refused.
    void drain(Duration patience);

    @Override
    void close();
}
