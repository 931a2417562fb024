package io.millrace.platformapi.model;

/// Keys of {@link BatchWork#parameters}; numbers are decimal. A key is missing where it does not
/// apply.
public final class WorkParameters {
    /// convert: the picture's size, even, never above the source's. Both missing: no picture.
    public static final String WIDTH = "width";

    public static final String HEIGHT = "height";
    public static final String VIDEO_BITRATE_KBPS = "videoBitrateKbps";

    /// convert: frames per second, as the source has it, at most 60; all renditions have the same,
    /// so that their key frames fall together.
    public static final String FRAME_RATE = "frameRate";

    /// convert: seconds between key frames, the same in all renditions.
    public static final String GOP_SECONDS = "gopSeconds";

    /// convert: missing when there is no sound.
    public static final String AUDIO_BITRATE_KBPS = "audioBitrateKbps";

    public static final String AUDIO_CHANNELS = "audioChannels";
    public static final String AUDIO_SAMPLE_RATE = "audioSampleRate";

    /// convert, thumbnail: of the source, for progress and for checking the output.
    public static final String DURATION_MS = "durationMs";

    /// thumbnail: which moment to show.
    public static final String AT_MS = "atMs";

    /// thumbnail: the longest width of the picture.
    public static final String MAX_WIDTH = "maxWidth";

    /// probe: the name under which the client uploaded the file.
    public static final String FILE_NAME = "fileName";

    /// join, clip: the keys of the files in their order, each on a line.
    public static final String PARTS = "parts";

    /// clip: the key of a file behind those that may be growing on the node that records, where the
    /// storage is a bucket; there may be none.
    public static final String GROWING = "growing";

    /// clip: from the beginning of the first file.
    public static final String OFFSET_MS = "offsetMs";

    /// clip: missing: to the end of what there is.
    public static final String LENGTH_MS = "lengthMs";

    private WorkParameters() {}
}
