package io.millrace.delivery.vod;

import io.millrace.delivery.packaging.MediaSegment;

/// What a packaging request comes to.
public sealed interface Packaged {
    /// A playlist or manifest (text, worth compressing) or an init segment, whole.
    record Document(byte[] body, String contentType, boolean isText) implements Packaged {}

    /// A media segment, not written yet.
    record Segment(MediaSegment segment, String contentType) implements Packaged {}

    /// The key of encrypted media, for a reply that nobody may store.
    record Key(byte[] bytes) implements Packaged {}

    /// No playlist lists it.
    record NotFound(String reason) implements Packaged {}
}
