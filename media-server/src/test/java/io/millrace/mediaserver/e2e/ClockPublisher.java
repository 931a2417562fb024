package io.millrace.mediaserver.e2e;

import org.bytedeco.javacpp.Loader;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Publishes pictures with a clock in them, each made when it is due: `clock.js` reads it.
///
/// The bytes go to ffmpeg, which encodes them without looking ahead, and on by RTMP, with a tone.
final class ClockPublisher implements AutoCloseable {
    private static final String FFMPEG = Loader.load(org.bytedeco.ffmpeg.ffmpeg.class);
    private static final int WIDTH = 320;
    private static final int HEIGHT = 180;
    private static final int COLUMNS = 16;
    private static final int BLOCK = WIDTH / COLUMNS;
    private static final int FRAMES_PER_SECOND = 30;

    private final Process ffmpeg;
    private final OutputStream pictures;
    private final ScheduledExecutorService pace = Executors.newSingleThreadScheduledExecutor();
    private final byte[] picture = new byte[WIDTH * HEIGHT];
    private int number;

    ClockPublisher(String rtmpUrl, Path log) throws IOException {
        ffmpeg =
                new ProcessBuilder(
                                FFMPEG,
                                "-hide_banner",
                                "-v",
                                "info",
                                "-f",
                                "lavfi",
                                "-i",
                                "sine=frequency=440:sample_rate=48000",
                                "-f",
                                "rawvideo",
                                "-pix_fmt",
                                "gray",
                                "-video_size",
                                WIDTH + "x" + HEIGHT,
                                "-framerate",
                                Integer.toString(FRAMES_PER_SECOND),
                                "-i",
                                "pipe:0",
                                "-c:v",
                                "libx264",
                                "-preset",
                                "ultrafast",
                                "-tune",
                                "zerolatency",
                                "-g",
                                "30",
                                "-pix_fmt",
                                "yuv420p",
                                "-c:a",
                                "aac",
                                "-f",
                                "flv",
                                rtmpUrl)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        pictures = ffmpeg.getOutputStream();
        long period = TimeUnit.SECONDS.toNanos(1) / FRAMES_PER_SECOND;
        pace.scheduleAtFixedRate(this::picture, 0, period, TimeUnit.NANOSECONDS);
    }

    private void picture() {
        int bar = number++ * 4 % WIDTH;
        for (int i = 0; i < picture.length; i++) {
            picture[i] = (byte) (Math.abs(i % WIDTH - bar) < 10 ? 200 : 60 + i / WIDTH / 2);
        }
        long time = System.currentTimeMillis() & 0xFF_FFFF;
        long sum = (time ^ time >> 8 ^ time >> 16 ^ 0x5A) & 0xFF;
        long value = time << 8 | sum;
        for (int bit = 0; bit < 2 * COLUMNS; bit++) {
            byte shade = (byte) ((value >> 31 - bit & 1) == 1 ? 235 : 16);
            int left = bit % COLUMNS * BLOCK;
            int top = bit / COLUMNS * BLOCK;
            for (int y = top; y < top + BLOCK; y++) {
                Arrays.fill(picture, y * WIDTH + left, y * WIDTH + left + BLOCK, shade);
            }
        }
        try {
            pictures.write(picture);
            pictures.flush();
        } catch (IOException _) {
            pace.shutdown(); // ffmpeg has gone; the test sees that nothing comes
        }
    }

    @Override
    public void close() throws InterruptedException {
        pace.shutdownNow();
        ffmpeg.destroyForcibly().waitFor(60, TimeUnit.SECONDS);
    }
}
