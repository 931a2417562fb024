package io.millrace.delivery.testing;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.Extension;

import java.time.Duration;

/// Has Awaitility wait for a minute where a test does not say how long: its own ten seconds are
/// less than a loaded machine needs now and then. A test whose wait is over sooner is no slower.
///
/// JUnit finds it through `META-INF/services` and makes it before any test class is initialised.
public final class PatientWaits implements Extension {
    static {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(60));
    }
}
