package io.millrace.liveingest.rtmp.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.rtmp.amf.AmfValue;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfArray;
import io.millrace.liveingest.rtmp.amf.AmfValue.AmfObject;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

class EnhancedCapabilitiesTest {
    private static EnhancedCapabilities read(Map<String, AmfValue> connect) {
        return EnhancedCapabilities.read(new AmfObject(connect));
    }

    @Test
    void aClientThatSaysNothingIsBelievedToDecodeAll() {
        EnhancedCapabilities client = read(Map.of("app", AmfValue.of("live")));
        assertThat(client.deniesDecoding(FlvCodec.HEVC)).isFalse();
        assertThat(client.reconnects()).isFalse();
    }

    @Test
    void aListDeniesWhatItLacks() {
        EnhancedCapabilities client =
                read(
                        Map.of(
                                "fourCcList",
                                new AmfArray(List.of(AmfValue.of("hvc1"), AmfValue.of(3)))));
        assertThat(client.deniesDecoding(FlvCodec.HEVC)).isFalse();
        assertThat(client.deniesDecoding(FlvCodec.AV1)).isTrue();
        assertThat(client.deniesDecoding(FlvCodec.AVC)).isFalse();
        assertThat(
                        read(Map.of("fourCcList", new AmfArray(List.of(AmfValue.of("*")))))
                                .deniesDecoding(FlvCodec.AV1))
                .isFalse();
    }

    @Test
    void aMapSaysWhatEachCodecCan() {
        EnhancedCapabilities client =
                read(
                        Map.of(
                                "videoFourCcInfoMap",
                                new AmfObject(
                                        Map.of("hvc1", AmfValue.of(7), "av01", AmfValue.of(4))),
                                "capsEx",
                                AmfValue.of(3)));
        assertThat(client.deniesDecoding(FlvCodec.HEVC)).isFalse();
        assertThat(client.deniesDecoding(FlvCodec.AV1)).isTrue();
        assertThat(client.deniesDecoding(FlvCodec.OPUS)).isFalse();
        assertThat(client.reconnects()).isTrue();
    }
}
