package io.millrace.delivery.packaging;

import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.failure.UnsupportedMediaException;
import io.millrace.delivery.media.Track;
import io.millrace.delivery.media.TrackKind;
import io.millrace.delivery.webvtt.Subtitles;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// One presentation: its files, the cut list they share, and each track cut by it.
///
/// Made once per request path and version of its files, and worth caching beside the indexes it
/// refers to: everything a request needs is then a look-up. Thread-safe.
public final class MediaSet {
    private final List<MediaSource> sources;
    private final SegmentPlan plan;
    private final Map<TrackPick, PlannedTrack> planned;
    private final List<TrackPick> videos = new ArrayList<>();
    private final List<TrackPick> audios = new ArrayList<>();
    private final List<TextPick> texts = new ArrayList<>();
    private final Map<Rendition, TsRendition> tsRenditions = new ConcurrentHashMap<>();
    private final Map<Rendition, long[]> fragmentSizes = new ConcurrentHashMap<>();
    private final Map<TrackPick, KeyFrames> keyFrames = new ConcurrentHashMap<>();

    private MediaSet(
            List<MediaSource> sources,
            List<TrackPick> picks,
            TrackPick reference,
            SegmentPlan plan,
            PackagingOptions options) {
        this.sources = sources;
        this.plan = plan;
        this.planned = LinkedHashMap.newLinkedHashMap(picks.size());
        for (TrackPick pick : picks) {
            PlannedTrack track = plan.plan(pick);
            planned.put(pick, options.signedOffsets() ? track.withSignedOffsets() : track);
            (pick.track().isVideo() ? videos : audios).add(pick);
        }
        for (int i = 0; i < sources.size(); i++) {
            MediaSource source = sources.get(i);
            Subtitles text = source.index().text();
            if (text != null) {
                texts.add(new TextPick(i, source.sequence(), text, source.labels()));
            }
        }
        assert planned.containsKey(reference);
    }

    /// @throws UnsupportedMediaException when no file has a track that its filter accepts
    public static MediaSet of(List<MediaSource> sources, PackagingOptions options)
            throws UnsupportedMediaException {
        List<TrackPick> picks = new ArrayList<>();
        for (int i = 0; i < sources.size(); i++) {
            MediaSource source = sources.get(i);
            for (Track track : source.index().tracks()) {
                if (track.samples().count() > 0
                        && source.tracks().accepts(track.kind(), track.number())) {
                    picks.add(new TrackPick(i, source.fileOf(track), track));
                }
            }
        }
        if (picks.isEmpty()) {
            throw new UnsupportedMediaException(
                    "no audio or video track to play (expected: at least one)");
        }
        TrackPick reference = picks.getFirst();
        for (TrackPick pick : picks) {
            if (pick.track().isVideo()) {
                reference = pick;
                break;
            }
        }
        return new MediaSet(
                List.copyOf(sources),
                picks,
                reference,
                SegmentPlan.of(reference, picks, options),
                options);
    }

    public List<MediaSource> sources() {
        return sources;
    }

    public SegmentPlan plan() {
        return plan;
    }

    /// Video tracks of all files, in order.
    public List<TrackPick> videos() {
        return videos;
    }

    public List<TrackPick> audios() {
        return audios;
    }

    /// Subtitle files, in order.
    public List<TextPick> texts() {
        return texts;
    }

    /// The language of an audio or video track: the URL's or mapping's word, else the file's.
    public String languageOf(TrackPick pick) {
        String said = sources.get(pick.source()).labels().language();
        return said.isEmpty() ? pick.track().language() : said;
    }

    /// The subtitle file a name asks for: `f3`, or without a token the first.
    public Optional<TextPick> text(MediaRequestName name) {
        if (name.sequences().size() > 1) {
            return Optional.empty();
        }
        for (TextPick text : texts) {
            if (name.sequences().isEmpty()
                    || sources.get(text.source()).isNamed(name.sequences().getFirst())) {
                return Optional.of(text);
            }
        }
        return Optional.empty();
    }

    /// @throws IllegalArgumentException when `pick` is not of this set
    public PlannedTrack planned(TrackPick pick) {
        PlannedTrack track = planned.get(pick);
        if (track == null) {
            throw new IllegalArgumentException("pick: track of another set");
        }
        return track;
    }

    /// The tracks a media playlist, init segment or segment name asks for: without track tokens the
    /// first video and the first audio.
    ///
    /// @return empty when a named track is not there, or two of one kind are asked for
    public Optional<Rendition> rendition(MediaRequestName name) {
        List<MediaRequestName.Sequence> wanted = name.sequences();
        if (wanted.isEmpty()) {
            wanted = List.of(new MediaRequestName.Sequence(0, "", name.tracks()));
        }
        TrackPick video = null;
        TrackPick audio = null;
        for (MediaRequestName.Sequence sequence : wanted) {
            for (TrackKind kind : TrackKind.values()) {
                long mask =
                        kind == TrackKind.VIDEO
                                ? sequence.tracks().video()
                                : sequence.tracks().audio();
                if (mask == 0 && !sequence.tracks().isUnsaid()) {
                    continue;
                }
                TrackPick pick = pick(kind, sequence, mask);
                if (pick == null) {
                    if (mask != 0 && mask != -1) {
                        return Optional.empty();
                    }
                } else if (kind == TrackKind.VIDEO) {
                    if (video != null) {
                        return Optional.empty();
                    }
                    video = pick;
                } else {
                    if (audio != null) {
                        return Optional.empty();
                    }
                    audio = pick;
                }
            }
        }
        return video == null && audio == null
                ? Optional.empty()
                : Optional.of(new Rendition(video, audio));
    }

    private @Nullable TrackPick pick(
            TrackKind kind, MediaRequestName.Sequence sequence, long mask) {
        if (Long.bitCount(mask) > 1 && mask != -1) {
            return null;
        }
        for (TrackPick pick : kind == TrackKind.VIDEO ? videos : audios) {
            boolean file = sources.get(pick.source()).isNamed(sequence);
            boolean track =
                    mask == 0
                            || mask == -1
                            || new TrackFilter(mask, mask).accepts(kind, pick.track().number());
            if (file && track) {
                return pick;
            }
        }
        return null;
    }

    /// Whether no track of a rendition has a sample in a segment: then no playlist lists it.
    public boolean isEmpty(Rendition rendition, int segment) {
        for (TrackPick pick : rendition.picks()) {
            if (!planned(pick).isEmpty(segment)) {
                return false;
            }
        }
        return true;
    }

    /// The sequence and track tokens that name a rendition: none for the sequence in a set of one
    /// file.
    List<MediaRequestName.Sequence> sequencesOf(Rendition rendition) {
        TrackPick video = rendition.video();
        TrackPick audio = rendition.audio();
        if (video != null && audio != null && video.source() == audio.source()) {
            return List.of(
                    sequence(
                            video, TrackFilter.of(video.track().number(), audio.track().number())));
        }
        List<MediaRequestName.Sequence> sequences = new ArrayList<>(2);
        if (video != null) {
            sequences.add(sequence(video, TrackFilter.of(video.track().number(), 0)));
        }
        if (audio != null) {
            sequences.add(sequence(audio, TrackFilter.of(0, audio.track().number())));
        }
        return sequences;
    }

    private MediaRequestName.Sequence sequence(TrackPick pick, TrackFilter tracks) {
        return new MediaRequestName.Sequence(sources.get(pick.source()).sequence(), "", tracks);
    }

    /// The name of a request for a rendition of this set.
    ///
    /// @param segment 1-based, 0 for none
    /// @param version fragment layout token, 0 for none
    public String nameOf(
            MediaRequestName.Kind kind, int segment, Rendition rendition, int version) {
        return nameOf(kind, segment, 0, rendition, version);
    }

    /// @param clip 1-based, 0 for none
    public String nameOf(
            MediaRequestName.Kind kind, int segment, int clip, Rendition rendition, int version) {
        List<MediaRequestName.Sequence> sequences = sequencesOf(rendition);
        if (sources.size() == 1 && sequences.size() == 1) {
            return MediaRequestName.write(
                    kind, segment, clip, List.of(), sequences.getFirst().tracks(), version);
        }
        return MediaRequestName.write(kind, segment, clip, sequences, TrackFilter.UNSAID, version);
    }

    /// The rendition of this set that the names of another set's rendition ask for: how the clips
    /// of a presentation go together.
    public Optional<Rendition> counterpart(MediaSet other, Rendition rendition) {
        if (other == this) {
            return Optional.of(rendition);
        }
        return rendition(
                new MediaRequestName(
                        MediaRequestName.Kind.HLS_MEDIA,
                        0,
                        0,
                        other.sequencesOf(rendition),
                        TrackFilter.UNSAID,
                        List.of(),
                        0));
    }

    /// The DASH representation id of a rendition: the tokens of its names, `f1-v1-x3`.
    public String representationId(Rendition rendition, int version) {
        String name = nameOf(MediaRequestName.Kind.FMP4_INIT, 0, rendition, version);
        return name.substring("init-".length(), name.length() - ".mp4".length());
    }

    /// Packet counts of a rendition as MPEG-TS, counted at the first use.
    ///
    /// @throws UnsupportedMediaException when a codec does not travel in MPEG-TS
    TsRendition tsRendition(Rendition rendition) throws UnsupportedMediaException {
        TsRendition known = tsRenditions.get(rendition);
        if (known == null) {
            known = TsRendition.of(this, rendition);
            tsRenditions.putIfAbsent(rendition, known);
        }
        return known;
    }

    /// What scrubbing shows of a video, found at the first use.
    public KeyFrames keyFrames(TrackPick video) {
        return keyFrames.computeIfAbsent(video, pick -> KeyFrames.of(planned(pick)));
    }

    /// Where the key frames of a video lie in its segments as MPEG-TS without audio: byte offset of
    /// each in its segment, and its length. Counted anew each time.
    ///
    /// @return offset and length, one after the other, for each of {@link #keyFrames}
    /// @throws UnsupportedMediaException when the codec does not travel in MPEG-TS
    public long[] tsKeyFrameRanges(TrackPick video) throws UnsupportedMediaException {
        return tsRendition(new Rendition(video, null)).keyFrameRanges(keyFrames(video));
    }

    /// Size of each segment of a rendition, counted at the first use. Not to be changed.
    ///
    /// @throws UnsupportedMediaException when a codec does not travel in the format
    public long[] segmentSizes(Rendition rendition, SegmentFormat format)
            throws UnsupportedMediaException {
        return switch (format) {
            case TS -> tsRendition(rendition).sizes();
            case FMP4 -> fragmentSizes(rendition);
        };
    }

    /// Size of each segment of a rendition as it is sent: for sample encryption what is expected,
    /// else exact. Not to be changed.
    ///
    /// @throws UnsupportedMediaException when a codec does not travel in the format
    public long[] segmentSizes(
            Rendition rendition, SegmentFormat format, @Nullable Protection protection)
            throws UnsupportedMediaException {
        long[] clear = segmentSizes(rendition, format);
        return protection == null
                ? clear
                : ProtectedSizes.of(this, rendition, format, protection, clear);
    }

    long[] fragmentSizes(Rendition rendition) {
        return fragmentSizes.computeIfAbsent(rendition, r -> FragmentedSegment.sizes(this, r));
    }

    /// What this set weighs in a cache, without the indexes it refers to.
    public long estimatedBytes() {
        long perTrack = 4L * plan.count() + 128;
        // Sizes and counters of renditions come later: one muxed and one fMP4 table a track.
        // And the key frames, of which a segment has a few.
        return plan.estimatedBytes() + planned.size() * (perTrack + 48L * plan.count() + 256);
    }
}
