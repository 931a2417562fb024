package io.millrace.liveingest.flv;

import io.netty.buffer.ByteBuf;

import java.util.ArrayList;
import java.util.List;

/// MultichannelConfig of Enhanced RTMP v2.
///
/// | field | bytes |
/// |---|---|
/// | channelOrder, channelCount | 1, 1 |
/// | order 2 (custom): the speaker of each channel | count |
/// | order 1 (native): a bit for each speaker that there is | 4 |
///
/// @param channels how many there are
/// @param speakerMask native order: the speakers present, lowest bit first; else 0
/// @param speakers custom order: AudioChannel numbers in the bit stream's order; else empty
public record ChannelLayout(int channels, int speakerMask, List<Integer> speakers) {
    private static final int NATIVE = 1;
    private static final int CUSTOM = 2;

    public ChannelLayout {
        speakers = List.copyOf(speakers);
    }

    static ChannelLayout read(ByteBuf in) throws FlvException {
        ExTracks.need(in, 2, "MultichannelConfig");
        int order = in.readUnsignedByte();
        int channels = in.readUnsignedByte();
        int mask = 0;
        List<Integer> speakers = new ArrayList<>();
        if (order == NATIVE) {
            ExTracks.need(in, 4, "channel flags");
            mask = in.readInt();
        } else if (order == CUSTOM) {
            ExTracks.need(in, channels, "channel mapping");
            for (int i = 0; i < channels; i++) {
                speakers.add((int) in.readUnsignedByte());
            }
        }
        return new ChannelLayout(channels, mask, speakers);
    }
}
