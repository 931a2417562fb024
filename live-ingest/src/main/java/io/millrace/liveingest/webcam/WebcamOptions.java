package io.millrace.liveingest.webcam;

import java.time.Duration;

/// @param maxSessions recorders at the same time; more are refused
/// @param resumeWindow how long a session waits for its page to come back
/// @param helloTimeout how long a connection may say nothing
public record WebcamOptions(int maxSessions, Duration resumeWindow, Duration helloTimeout) {
    public WebcamOptions {
        if (maxSessions < 1) {
            throw new IllegalArgumentException("maxSessions: " + maxSessions + " (expected: >= 1)");
        }
    }
}
