package io.millrace.delivery.testing;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Makes a Netty leak report fail the test class after which it was seen, and so the build. Netty
/// by itself only logs it.
///
/// JUnit finds it through `META-INF/services` and makes it before any test class is initialised,
/// which is when Netty asks for its detectors. After each class the heap is collected, because only
/// collected buffers are found out; the culprit may then be a class before, when its last threads
/// outlived it, so the report's own stack is what counts.
public final class FailOnLeak implements AfterAllCallback {
    private static final int COLLECTIONS = 2;
    private static final long GC_WAIT_MS = 60_000;
    private static final ConcurrentLinkedQueue<String> LEAKS = new ConcurrentLinkedQueue<>();

    static {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Detectors());
    }

    @Override
    public void afterAll(ExtensionContext context) throws InterruptedException {
        if (context.getParent().flatMap(ExtensionContext::getTestClass).isPresent()) {
            // A nested class; its outermost class is checked.
            return;
        }
        List<String> leaks = collect();
        if (!leaks.isEmpty()) {
            throw new AssertionError(
                    leaks.size()
                            + " leaked buffers, the first of them: "
                            + String.join("\n", leaks.subList(0, Math.min(3, leaks.size()))));
        }
    }

    /// Finds what is leaked by now and forgets it.
    static List<String> collect() throws InterruptedException {
        for (int i = 0; i < COLLECTIONS; i++) {
            collectGarbage();
            // Detectors look at what was collected when they track something new.
            for (int n = 0; n < 4; n++) {
                ByteBufAllocator.DEFAULT.directBuffer(64).release();
                ByteBufAllocator.DEFAULT.heapBuffer(64).release();
                ByteBufAllocator.DEFAULT.compositeBuffer().release();
            }
        }
        var leaks = List.copyOf(LEAKS);
        LEAKS.clear();
        return leaks;
    }

    /// Collects the heap and waits until the collected references reached their queues, which the
    /// JVM's reference handler does on its own time. It empties one collection's references before
    /// the next one's, so the second wait has all that the first collection found.
    private static void collectGarbage() throws InterruptedException {
        var queue = new ReferenceQueue<Object>();
        var canary = new WeakReference<>(new Object(), queue);
        System.gc();
        if (queue.remove(GC_WAIT_MS) != canary) {
            throw new AssertionError("System.gc() collected nothing within " + GC_WAIT_MS + " ms");
        }
    }

    private static final class Detectors extends ResourceLeakDetectorFactory {
        @Override
        @SuppressWarnings("deprecation")
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                Class<T> resource, int samplingInterval, long maxActive) {
            return new Recorder<>(resource, samplingInterval);
        }
    }

    private static final class Recorder<T> extends ResourceLeakDetector<T> {
        @SuppressWarnings("deprecation")
        Recorder(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String resourceType, String records) {
            LEAKS.add(resourceType + records);
        }

        @Override
        protected void reportUntracedLeak(String resourceType) {
            LEAKS.add(resourceType);
        }
    }
}
