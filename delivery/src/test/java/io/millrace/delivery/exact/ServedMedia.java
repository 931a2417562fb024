package io.millrace.delivery.exact;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.packaging.PackagedClip;
import io.millrace.delivery.packaging.SegmentFormat;

import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// One source as each output serves it: segments by name, and joined into a file a decoder reads.
final class ServedMedia {
    final PackagedClip clip;
    private final Path folder;

    ServedMedia(Path folder, Duration segment, Path... sources) throws Exception {
        this.folder = Files.createDirectories(folder);
        this.clip = new PackagedClip(segment, sources);
    }

    /// Every segment of a rendition that is there, by its number from 1.
    ///
    /// @param pattern with `%d` for the number
    Map<Integer, byte[]> segments(String pattern) throws Exception {
        Map<Integer, byte[]> segments = new LinkedHashMap<>();
        for (int k = 1; k <= clip.set.plan().count(); k++) {
            byte[] body = clip.fetch(pattern.formatted(k), SegmentFormat.FMP4);
            if (body != null) {
                segments.put(k, body);
            }
        }
        return segments;
    }

    /// The same segments asked for in any order by several at once are the same bytes.
    void sameInAnyOrder(String pattern, Map<Integer, byte[]> segments) throws Exception {
        List<Integer> order = new ArrayList<>(segments.keySet());
        order.addAll(segments.keySet());
        Collections.shuffle(order, new Random(segments.size()));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<byte[]>> tasks = new ArrayList<>();
            for (int k : order) {
                tasks.add(() -> clip.fetch(pattern.formatted(k), SegmentFormat.FMP4));
            }
            List<Future<byte[]>> done = threads.invokeAll(tasks);
            for (int i = 0; i < order.size(); i++) {
                assertThat(done.get(i).get())
                        .as(pattern, order.get(i))
                        .isEqualTo(segments.get(order.get(i)));
            }
        }
    }

    byte[] document(String name) throws Exception {
        byte[] body = clip.fetch(name, SegmentFormat.FMP4);
        assertThat(body).as(name).isNotNull();
        return body == null ? new byte[0] : body;
    }

    /// Joins an init segment (or nothing) and segments into a file.
    Path joined(String name, byte[] init, Map<Integer, byte[]> segments) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(init);
        segments.values().forEach(all::writeBytes);
        return Files.write(folder.resolve(name), all.toByteArray());
    }
}
