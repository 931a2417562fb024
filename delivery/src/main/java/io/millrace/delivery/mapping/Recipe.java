package io.millrace.delivery.mapping;

import io.millrace.delivery.packaging.ClosedCaption;
import io.millrace.delivery.packaging.Cut;
import io.millrace.delivery.packaging.PackagingOptions;
import io.millrace.delivery.packaging.SourceLabels;
import io.millrace.delivery.packaging.TrackFilter;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// How files make a presentation, before any of them is opened: what a path or a mapping says.
/// Equal recipes of the same files give the same presentation.
///
/// @param cut range and rate of the whole
/// @param minBitrate videos below are left out, bits per second
/// @param tag names this version of the recipe where its path alone does not
record Recipe(
        List<Clip> clips,
        Cut cut,
        long minBitrate,
        long maxBitrate,
        PackagingOptions packaging,
        List<ClosedCaption> closedCaptions,
        String tag) {
    /// What is played at the same time.
    ///
    /// @param durationMs after which the next clip starts; 0 when the files say
    record Clip(List<Source> sources, long durationMs) {
        Clip {
            sources = List.copyOf(sources);
        }
    }

    /// One file.
    ///
    /// @param file its name; empty for subtitles without text, which need none
    /// @param sequence its 1-based position in names (`f<n>`)
    /// @param id its other name there (`s<id>`), empty for none
    /// @param cut what of the file is played
    record Source(
            String file,
            int sequence,
            String id,
            TrackFilter tracks,
            SourceLabels labels,
            Cut cut) {}

    Recipe {
        clips = List.copyOf(clips);
        closedCaptions = List.copyOf(closedCaptions);
    }

    static Recipe of(MediaPath path, PackagingOptions packaging) {
        List<Source> sources = new ArrayList<>(path.files().size());
        for (MediaPath.FilePath file : path.files()) {
            sources.add(
                    new Source(
                            file.name(),
                            file.sequence(),
                            "",
                            file.tracks(),
                            file.labels(),
                            file.shifts()));
        }
        return new Recipe(
                List.of(new Clip(sources, 0)),
                path.cut(),
                path.minBitrate(),
                path.maxBitrate(),
                packaging,
                List.of(),
                "");
    }

    /// Names of the files to open, each once.
    List<String> files() {
        if (clips.size() == 1 && clips.getFirst().sources().size() == 1) {
            String file = clips.getFirst().sources().getFirst().file();
            return file.isEmpty() ? List.of() : List.of(file);
        }
        var files = new LinkedHashSet<String>();
        for (Clip clip : clips) {
            for (Source source : clip.sources()) {
                if (!source.file().isEmpty()) {
                    files.add(source.file());
                }
            }
        }
        return List.copyOf(files);
    }
}
