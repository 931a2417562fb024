package io.millrace.mediaserver.role;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.platformapi.model.LiveStreamEntry;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;

class PlatformPublishAuthorizerTest {

    private static @Nullable Duration dvr(@Nullable Integer status, @Nullable Integer minutes) {
        var entry = new LiveStreamEntry();
        entry.dvrStatus = status;
        entry.dvrWindow = minutes;
        return PlatformPublishAuthorizer.dvr(entry);
    }

    @Test
    void theEntrySaysHowFarPlayersMayGoBack() {
        assertThat(dvr(1, 30)).isEqualTo(Duration.ofMinutes(30));
        assertThat(dvr(1, null)).as("as far as the node allows").isNull();
        assertThat(dvr(1, 0)).isNull();
        assertThat(dvr(0, 30)).isZero();
        assertThat(dvr(null, null)).isZero();
    }
}
