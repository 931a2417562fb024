package io.millrace.mediaserver.lifecycle;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;

import io.millrace.mediaserver.config.LogConfig;
import io.millrace.mediaserver.config.LogFormat;

import org.slf4j.LoggerFactory;

/// Sends the log to standard error: standard output is for what a command prints.
public final class LogSetup {
    /// Lucene logs by java.util.logging, and at each start that the incubating vector module is not
    /// there. Held here, because that library forgets loggers that nobody holds.
    private static final java.util.logging.Logger LUCENE =
            java.util.logging.Logger.getLogger("org.apache.lucene");

    private LogSetup() {}

    public static void apply(LogConfig config) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        LUCENE.setLevel(java.util.logging.Level.SEVERE);
        Encoder<ILoggingEvent> encoder;
        if (config.format() == LogFormat.JSON) {
            encoder = new JsonEncoder();
        } else {
            var pattern = new PatternLayoutEncoder();
            pattern.setPattern(
                    "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\", UTC} %-5level %-24.24logger{0} %msg%n%ex");
            encoder = pattern;
        }
        encoder.setContext(context);
        encoder.start();
        var console = new ConsoleAppender<ILoggingEvent>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        root.setLevel(Level.WARN);
        context.getLogger("io.millrace").setLevel(Level.toLevel(config.level().name()));
    }
}
