package io.millrace.liveingest.demux;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;

import org.jspecify.annotations.Nullable;

/// One track of a container.
///
/// @param number the container's, unique in it
/// @param codecName as the container says it
/// @param codec null when nobody here knows it
/// @param config the codec's configuration as the container has it (`avcC`, `av1C`, `vpcC`,
///   AudioSpecificConfig, OpusHead); empty where it has none, and the key frames say it
/// @param width of the picture; 0 for sound, and where it is not said
public record DemuxedTrack(
        int number,
        TrackKind kind,
        String codecName,
        @Nullable FlvCodec codec,
        byte[] config,
        int width,
        int height) {}
