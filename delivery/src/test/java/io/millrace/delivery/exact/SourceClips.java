package io.millrace.delivery.exact;

import io.millrace.delivery.media.TestClips;

import java.nio.file.Files;
import java.nio.file.Path;

/// Small sources of every kind. What ffmpeg can write is made by it, mostly by copying one encoded
/// clip; the rest by {@link Mp4Edit}. One thread at a time.
final class SourceClips {
    /// A chirp: every audio frame is different.
    private static final String CHIRP =
            "-f lavfi -i aevalsrc=sin(6.28*t*(300+150*t))|cos(6.28*t*(200+90*t)):s=48000:d=";

    private static final String PICTURES = "-f lavfi -i testsrc2=size=128x72:rate=25:duration=";
    static final String X264 =
            "-c:v libx264 -preset veryfast -pix_fmt yuv420p -threads 1 -x264-params"
                    + " bframes=3:b-pyramid=normal:keyint=25:min-keyint=25:scenecut=0";

    /// Without noise substitution: a decoder's noise depends on where it started.
    static final String AAC = "-c:a aac -b:a 64k -aac_pns 0";

    private final Path folder;

    SourceClips(Path folder) {
        this.folder = folder;
    }

    static String pictures(double seconds) {
        return PICTURES + seconds;
    }

    static String chirp(double seconds) {
        return CHIRP + seconds;
    }

    Path make(String name, String... arguments) throws Exception {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            TestClips.make(file, arguments);
        }
        return file;
    }

    /// Three seconds of H.264 with a pyramid of B-frames, a key frame a second, and AAC; `moov`
    /// last.
    Path base() throws Exception {
        return make("base.mp4", pictures(3), chirp(3), X264, AAC);
    }

    /// The base clip muxed another way.
    Path remux(String name, String options) throws Exception {
        return make(name, "-i " + base(), "-map 0 -c copy", options);
    }

    Path edit(String name, Path from, Edit edit) throws Exception {
        Mp4Edit file = Mp4Edit.of(Files.readAllBytes(from));
        edit.apply(file);
        return Files.write(folder.resolve(name), file.bytes());
    }

    interface Edit {
        void apply(Mp4Edit file) throws Exception;
    }
}
