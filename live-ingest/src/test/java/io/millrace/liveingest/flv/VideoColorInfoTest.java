package io.millrace.liveingest.flv;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.codec.ColorInfo;
import io.millrace.delivery.codec.ContentLight;
import io.millrace.delivery.codec.HdrLight;
import io.millrace.delivery.codec.MasteringDisplay;
import io.millrace.delivery.codec.MasteringDisplay.Point;
import io.millrace.liveingest.rtmp.amf.Amf0Writer;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class VideoColorInfoTest {
    private static final ColorInfo PQ = new ColorInfo(9, 16, 9, false);
    private static final MasteringDisplay DISPLAY =
            new MasteringDisplay(
                    new Point(34_000, 16_000),
                    new Point(13_250, 34_500),
                    new Point(7_500, 3_000),
                    new Point(15_635, 16_450),
                    10_000_000,
                    1);

    private static VideoColorInfo read(AmfValue value) throws FlvException {
        ByteBuf amf = Unpooled.buffer();
        Amf0Writer.write(amf, AmfValue.of("colorInfo"));
        Amf0Writer.write(amf, value);
        return VideoColorInfo.read(amf);
    }

    @Test
    void whatIsWrittenIsRead() throws FlvException {
        for (VideoColorInfo info :
                List.of(
                        VideoColorInfo.UNSPECIFIED,
                        new VideoColorInfo(PQ, 10, HdrLight.NONE),
                        new VideoColorInfo(PQ, 0, new HdrLight(DISPLAY, null)),
                        new VideoColorInfo(PQ, 0, new HdrLight(null, new ContentLight(0, 10_000))),
                        new VideoColorInfo(
                                ColorInfo.UNSPECIFIED,
                                12,
                                new HdrLight(DISPLAY, new ContentLight(1000, 400))))) {
            ByteBuf amf = Unpooled.buffer();
            info.write(amf);
            assertThat(VideoColorInfo.read(amf)).isEqualTo(info);
            assertThat(amf.isReadable()).isFalse();
        }
    }

    @Test
    void numbersThatAreNoneOrTooLargeSayNothingWrong() throws FlvException {
        for (double number :
                new double[] {Double.NaN, -1, 1e300, Double.POSITIVE_INFINITY, 0, 2.5}) {
            AmfValue value = AmfValue.of(number);
            VideoColorInfo info =
                    read(
                            new AmfObject(
                                    Map.of(
                                            "colorConfig",
                                            new AmfObject(
                                                    Map.of(
                                                            "bitDepth", value,
                                                            "colorPrimaries", value,
                                                            "transferCharacteristics", value)),
                                            "hdrCll",
                                            new AmfObject(
                                                    Map.of("maxFall", value, "maxCLL", value)),
                                            "hdrMdcv",
                                            new AmfObject(
                                                    Map.of(
                                                            "redX",
                                                            value,
                                                            "maxLuminance",
                                                            value)))));
            assertThat(info.color().colorPrimaries()).isBetween(0, 255);
            assertThat(info.bitDepth()).isZero();
            assertThat(info.light().display()).isNull();
            ContentLight content = info.light().content();
            if (content != null) {
                assertThat(content.brightestPixel()).isBetween(1, 10_000);
            }
        }
        assertThat(read(AmfValue.of("bright"))).isEqualTo(VideoColorInfo.UNSPECIFIED);
        assertThat(read(new AmfObject(Map.of()))).isEqualTo(VideoColorInfo.UNSPECIFIED);
        assertThat(read(new AmfObject(Map.of("hdrCll", AmfValue.of(3)))))
                .isEqualTo(VideoColorInfo.UNSPECIFIED);
    }

    @Test
    void onlyWhatIsNewIsBeyondTheBitStream() {
        var info = new VideoColorInfo(PQ, 10, HdrLight.NONE);
        assertThat(info.beyond(PQ)).isEqualTo(VideoColorInfo.UNSPECIFIED);
        assertThat(info.beyond(new ColorInfo(9, 16, 9, true)))
                .isEqualTo(VideoColorInfo.UNSPECIFIED);
        assertThat(info.beyond(ColorInfo.UNSPECIFIED)).isEqualTo(info);
        var lit = new VideoColorInfo(PQ, 10, new HdrLight(DISPLAY, null));
        assertThat(lit.beyond(PQ).light()).isEqualTo(lit.light());
        assertThat(new ColorInfo(2, 18, 2, false).over(new ColorInfo(9, 1, 9, true)))
                .isEqualTo(new ColorInfo(9, 18, 9, true));
    }
}
