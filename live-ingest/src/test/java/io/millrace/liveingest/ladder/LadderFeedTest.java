package io.millrace.liveingest.ladder;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.delivery.media.TrackKind;
import io.millrace.liveingest.flv.FlvCodec;
import io.millrace.liveingest.ladder.LadderFeed.Added;
import io.millrace.liveingest.stream.AccessUnit;
import io.millrace.liveingest.stream.StreamTracks.Configured;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class LadderFeedTest {
    private final LadderFeed feed =
            new LadderFeed(new Configured(FlvCodec.AVC, new byte[] {1, 2, 3}));

    @AfterEach
    void close() {
        feed.close();
    }

    private Added add(long timeMs, boolean key, boolean startsSegment) {
        ByteBuf data = Unpooled.wrappedBuffer(new byte[100]);
        var unit = new AccessUnit(TrackKind.VIDEO, key, timeMs, 80, data);
        return feed.add(unit, startsSegment);
    }

    private List<Long> frames(int start) throws Exception {
        ByteBuf all = Unpooled.buffer();
        while (feed.hasMore()) {
            ByteBuf tag = feed.take(start);
            assertThat(tag).isNotNull();
            all.writeBytes(tag);
            tag.release();
        }
        var tags = new FlvTagReader(new ByteBufInputStream(all), UnpooledByteBufAllocator.DEFAULT);
        List<Long> times = new ArrayList<>();
        for (FlvTagReader.Tag tag = tags.next(); tag != null; tag = tags.next()) {
            assertThat(tag.type()).isEqualTo(FlvTagReader.VIDEO);
            if (tag.body().getByte(1) == 1) {
                times.add(feed.streamTime(tag.timeMs()));
            }
            tag.body().release();
        }
        return times;
    }

    @Test
    void beginsWithAKeyFrameAndGivesStreamTimesBack() throws Exception {
        long days = 40L * 86_400_000;
        assertThat(add(days, false, true)).isEqualTo(Added.NO);
        assertThat(add(days + 40, true, false)).isEqualTo(Added.YES);
        assertThat(add(days + 80, false, false)).isEqualTo(Added.YES);
        assertThat(feed.compositionMs()).isEqualTo(80);
        assertThat(frames(feed.awaitStart())).containsExactly(days + 40, days + 80);
    }

    @Test
    void aSlowEncoderGoesOnAtTheNextKeyFrame() throws Exception {
        add(0, true, true);
        for (int i = 1; i <= 75; i++) {
            assertThat(add(i * 40L, false, false)).isEqualTo(Added.YES);
        }
        assertThat(add(3040, false, false)).isEqualTo(Added.OVERFLOW);
        assertThat(add(3080, false, false)).isEqualTo(Added.NO);
        assertThat(add(3120, true, false)).isEqualTo(Added.YES);
        assertThat(frames(feed.awaitStart())).containsExactly(3120L);
    }

    @Test
    void anotherEncoderStartsWhereASegmentOfTheSourceDoes() throws Exception {
        add(0, true, true);
        int first = feed.awaitStart();
        feed.restart();
        assertThat(feed.take(first)).isNull();
        assertThat(add(1000, true, false)).isEqualTo(Added.NO);
        assertThat(add(2000, true, true)).isEqualTo(Added.YES);
        assertThat(frames(feed.awaitStart())).containsExactly(2000L);

        feed.restart();
        assertThat(add(3000, true, false)).isEqualTo(Added.NO);
        assertThat(add(8100, true, false)).isEqualTo(Added.YES);
        feed.close();
        assertThat(feed.awaitStart()).isEqualTo(-1);
        assertThat(add(9000, true, true)).isEqualTo(Added.NO);
    }

    @Test
    void timesThatAnEncoderMakesUpStayNearThoseItGot() {
        add(100_000, true, true);
        assertThat(feed.streamTime(0)).isEqualTo(90_000);
        assertThat(feed.streamTime(0xFFFFFFFFL)).isEqualTo(103_000);
    }
}
