package io.millrace.liveingest.live;

import io.millrace.liveingest.stream.Renditions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Which sounds of a stream players may choose from: that of the first rendition that has one, and
/// those that are something else and not the same in another quality, as is the sound that comes
/// with a rendition's pictures. Something else is a further track of a publisher (another language,
/// a commentary, the sound without the music) and what is sent as sound alone beside pictures.
final class Sounds {
    private Sounds() {}

    /// @param listed of those that can be played; in the order of their names
    /// @return their renditions, the stream's own sound first; empty when there is none
    static List<RenditionWindow> of(Collection<RenditionWindow> listed) {
        List<RenditionWindow> sounds = new ArrayList<>(2);
        for (RenditionWindow rendition : listed) {
            if (rendition.audio() != null
                    && (sounds.isEmpty()
                            || rendition.video() == null
                            || Renditions.isFurtherTrack(rendition.rendition()))) {
                sounds.add(rendition);
            }
        }
        return sounds;
    }
}
