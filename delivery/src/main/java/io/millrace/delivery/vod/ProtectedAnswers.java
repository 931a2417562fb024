package io.millrace.delivery.vod;

import io.millrace.delivery.drm.EncryptionScheme;
import io.millrace.delivery.drm.Protection;
import io.millrace.delivery.drm.WholeSegmentCipher;
import io.millrace.delivery.failure.MediaException;
import io.millrace.delivery.packaging.EncryptedSegment;
import io.millrace.delivery.packaging.FragmentedSegment;
import io.millrace.delivery.packaging.InitSegment;
import io.millrace.delivery.packaging.MediaRequestName;
import io.millrace.delivery.packaging.MediaSegment;
import io.millrace.delivery.packaging.MediaSet;
import io.millrace.delivery.packaging.Presentation;
import io.millrace.delivery.packaging.ProtectedFragmentedSegment;
import io.millrace.delivery.packaging.Rendition;
import io.millrace.delivery.packaging.SampleAesSegment;
import io.millrace.delivery.packaging.SegmentFormat;
import io.millrace.delivery.packaging.TsSegment;

import org.jspecify.annotations.Nullable;

/// Segments and init segments of a presentation that is sent encrypted. Nothing of it is ever
/// answered in the clear: what a scheme has no form for is not found.
final class ProtectedAnswers {
    private ProtectedAnswers() {}

    /// Why a request has no encrypted answer.
    ///
    /// @return null when it has one
    static @Nullable String refusal(
            Protection protection, MediaRequestName.Kind kind, SegmentFormat format) {
        EncryptionScheme scheme = protection.scheme();
        return switch (kind) {
            case HLS_MULTIVARIANT, HLS_MEDIA ->
                    format == SegmentFormat.FMP4 ? null : tsRefusal(scheme);
            case TS_SEGMENT -> tsRefusal(scheme);
            case DASH_MPD, DASH_NUMBER_MPD, DASH_STPP_MPD, DASH_SEGMENT ->
                    scheme.isCommonEncryption() ? null : scheme.text() + " has no form in DASH";
            case HLS_FMP4_SEGMENT, FMP4_INIT, HLS_KEY, VTT_SEGMENT, DASH_TTML, DASH_VTT -> null;
            // Byte ranges that are known before the bytes are, and pictures alone.
            case HLS_IFRAMES,
                    KEY_FRAME,
                    HLS_RANGE_MULTIVARIANT,
                    HLS_RANGE_MEDIA,
                    SINGLE_FILE,
                    DASH_ONDEMAND_MPD ->
                    "not offered for encrypted media";
        };
    }

    private static @Nullable String tsRefusal(EncryptionScheme scheme) {
        return scheme.fitsTs() ? null : scheme.text() + " has no form in MPEG-TS";
    }

    /// The key itself, where the scheme hands it out.
    static Packaged key(@Nullable Protection protection) {
        return protection != null && (protection.scheme().servesKey() || protection.licenceServed())
                ? new Packaged.Key(protection.key().key())
                : new Packaged.NotFound("no key is handed out for this media");
    }

    static byte[] init(@Nullable Protection protection, MediaSet set, Rendition rendition) {
        return InitSegment.write(
                set,
                rendition,
                protection != null && protection.scheme().isCommonEncryption() ? protection : null);
    }

    /// @param number of the segment as its name tells it
    static MediaSegment segment(
            Presentation presentation,
            Protection protection,
            MediaSet set,
            Rendition rendition,
            int segment,
            int number,
            boolean ts)
            throws MediaException {
        if (protection.scheme() == EncryptionScheme.AES_128) {
            MediaSegment clear =
                    ts
                            ? TsSegment.of(set, rendition, segment)
                            : FragmentedSegment.of(set, rendition, segment);
            byte[] given = protection.key().givenIv();
            return new EncryptedSegment(
                    clear,
                    protection.key(),
                    given != null
                            ? given
                            : WholeSegmentCipher.sequenceIv(
                                    mediaSequence(presentation, set, rendition, number)));
        }
        return ts
                ? SampleAesSegment.of(set, rendition, segment, protection)
                : ProtectedFragmentedSegment.of(set, rendition, segment, protection);
    }

    /// The media sequence number of a segment: its place among those that the playlist lists, which
    /// leaves empty ones out.
    private static int mediaSequence(
            Presentation presentation, MediaSet set, Rendition rendition, int number) {
        int listed = 1;
        for (Presentation.Clip clip : presentation.clips()) {
            if (clip.firstSegment() >= number - 1) {
                break;
            }
            Rendition here = clip.set().counterpart(set, rendition).orElse(null);
            int end = Math.min(clip.set().plan().count(), number - 1 - clip.firstSegment());
            for (int k = 0; here != null && k < end; k++) {
                if (!clip.set().isEmpty(here, k)) {
                    listed++;
                }
            }
        }
        return listed;
    }
}
