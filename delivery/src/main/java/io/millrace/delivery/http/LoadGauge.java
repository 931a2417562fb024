package io.millrace.delivery.http;

import com.sun.management.GarbageCollectorMXBean;
import com.sun.management.GcInfo;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.util.internal.PlatformDependent;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import java.util.function.DoubleSupplier;

/// How near the process is to its limits of memory: the heap as the last collection left it, and
/// memory outside the heap. Looked at twice a second, so that {@link #level} costs a read.
/// Thread-safe.
public final class LoadGauge implements AutoCloseable {
    /// From here on connections are not kept and nothing new is begun.
    static final double SPARE_FROM = 0.85;

    /// From here on requests are refused.
    static final double REFUSE_FROM = 0.95;

    private static final Logger LOG = LoggerFactory.getLogger(LoadGauge.class);
    private static final Duration EVERY = Duration.ofMillis(500);

    /// What a listener does about new requests.
    public enum Level {
        CALM,
        /// Finish what is under way, begin nothing new, keep no connection.
        SPARING,
        /// 503 with Retry-After.
        REFUSING;

        static Level of(double fraction) {
            return fraction >= REFUSE_FROM ? REFUSING : fraction >= SPARE_FROM ? SPARING : CALM;
        }
    }

    private final DoubleSupplier fraction;
    private final Thread watch;
    private volatile Level level = Level.CALM;
    private volatile double last;

    /// @param fraction of the limit that is used, 0 to 1
    LoadGauge(DoubleSupplier fraction, Duration every, MeterRegistry meters) {
        this.fraction = fraction;
        Gauge.builder("millrace.load.memory", this, gauge -> gauge.last)
                .description("The fuller of heap and direct memory; load is shed from 0.85 on")
                .register(meters);
        look();
        watch =
                Thread.ofVirtual()
                        .name("load-gauge")
                        .start(
                                () -> {
                                    try {
                                        while (true) {
                                            Thread.sleep(every);
                                            look();
                                        }
                                    } catch (InterruptedException _) {
                                        // Closed.
                                    }
                                });
    }

    /// Of this process.
    public static LoadGauge start(MeterRegistry meters) {
        return new LoadGauge(new Memory(), EVERY, meters);
    }

    public Level level() {
        return level;
    }

    private void look() {
        last = fraction.getAsDouble();
        Level now = Level.of(last);
        Level before = level;
        level = now;
        if (now != before) {
            String percent = Math.round(last * 100) + " %";
            switch (now) {
                case CALM -> LOG.info("memory is {} full: load is taken again", percent);
                case SPARING ->
                        LOG.warn(
                                "memory is {} full: connections are not kept, new sessions wait",
                                percent);
                case REFUSING -> LOG.warn("memory is {} full: requests are refused", percent);
            }
        }
    }

    @Override
    public void close() {
        watch.interrupt();
    }

    /// The fuller of heap and direct memory.
    private static final class Memory implements DoubleSupplier {
        private final List<GarbageCollectorMXBean> collectors =
                ManagementFactory.getPlatformMXBeans(GarbageCollectorMXBean.class);
        private final List<BufferPoolMXBean> pools =
                ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                        .filter(pool -> pool.getName().equals("direct"))
                        .toList();
        private final long maxHeap = Runtime.getRuntime().maxMemory();
        private final long maxDirect = PlatformDependent.maxDirectMemory();

        @Override
        public double getAsDouble() {
            return Math.max(heap(), direct());
        }

        /// Used as of the end of the youngest collection: what is there now is mostly garbage.
        private double heap() {
            GcInfo youngest = null;
            for (GarbageCollectorMXBean collector : collectors) {
                GcInfo info = collector.getLastGcInfo();
                if (info != null
                        && (youngest == null || info.getEndTime() > youngest.getEndTime())) {
                    youngest = info;
                }
            }
            if (youngest == null) {
                return 0;
            }
            long used = 0;
            for (var pool : youngest.getMemoryUsageAfterGc().entrySet()) {
                if (isHeap(pool.getKey())) {
                    MemoryUsage usage = pool.getValue();
                    used += usage.getUsed();
                }
            }
            return (double) used / maxHeap;
        }

        /// By name: the report has no type. Metaspace and code are not the heap's.
        private static boolean isHeap(String pool) {
            return !pool.startsWith("Metaspace")
                    && !pool.startsWith("CodeHeap")
                    && !pool.startsWith("Code")
                    && !pool.startsWith("Compressed");
        }

        private double direct() {
            long used = 0;
            for (BufferPoolMXBean pool : pools) {
                used += pool.getMemoryUsed();
            }
            return maxDirect <= 0 ? 0 : (double) used / maxDirect;
        }
    }
}
