package org.red5.logging;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands before Red5's own class of this name, which needs classes that Logback has removed years
/// ago. Only what its codec calls.
public final class Red5LoggerFactory {
    private Red5LoggerFactory() {}

    public static Logger getLogger(Class<?> type) {
        return LoggerFactory.getLogger(type);
    }

    public static Logger getLogger(Class<?> type, String context) {
        return getLogger(type);
    }
}
