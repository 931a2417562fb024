package io.millrace.platformapi.flavor;

/// One step of an entry's ladder: what is to be made of this source for this spec.
///
/// @param width even, never above the source's; 0 without picture
/// @param audioBitrateKbps 0 without sound
public record Rendition(
        FlavorSpec spec,
        int width,
        int height,
        int videoBitrateKbps,
        double frameRate,
        int audioBitrateKbps,
        int audioChannels,
        int audioSampleRate) {}
