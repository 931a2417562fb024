package io.millrace.delivery.codec.cea;

import java.util.ArrayList;
import java.util.List;

/// The channels of captions that pictures carry.
///
/// @param channels bit `n - 1` for `CCn` of CEA-608
/// @param services bit `n - 1` for service n of CEA-708, 1 to 63
public record CaptionChannels(int channels, long services) {
    public static final CaptionChannels NONE = new CaptionChannels(0, 0);

    public CaptionChannels and(CaptionChannels other) {
        return new CaptionChannels(channels & other.channels, services & other.services);
    }

    /// As HLS names them: `CC1`, `SERVICE2`.
    public List<String> names() {
        List<String> names = new ArrayList<>();
        for (int n = 1; n <= 4; n++) {
            if ((channels >> n - 1 & 1) != 0) {
                names.add("CC" + n);
            }
        }
        for (int n = 1; n <= 63; n++) {
            if ((services >> n - 1 & 1) != 0) {
                names.add("SERVICE" + n);
            }
        }
        return names;
    }
}
