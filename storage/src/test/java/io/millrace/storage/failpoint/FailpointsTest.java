package io.millrace.storage.failpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

import java.util.Objects;

class FailpointsTest {
    @Test
    void aSettingNamesAPointAndWhichPassing() {
        assertThat(Failpoints.armed(null)).isNull();
        assertThat(Failpoints.armed(" ")).isNull();
        var third = Objects.requireNonNull(Failpoints.armed("Recording-Cut:3"));
        assertThat(third.name()).isEqualTo("recording-cut");
        assertThat(third.left().get()).isEqualTo(3);
        assertThat(Objects.requireNonNull(Failpoints.armed("recording-cut")).left().get())
                .isEqualTo(1);
        assertThatThrownBy(() -> Failpoints.armed("recording-cut:0"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anUnarmedPointDoesNothing() {
        Failpoints.reached("recording-cut");
        assertThat(Failpoints.isArmed("recording-cut")).isFalse();
    }
}
