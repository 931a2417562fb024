package io.millrace.mediaserver.role;

import io.millrace.liveingest.info.LiveReports;
import io.millrace.liveingest.info.StreamReport;
import io.millrace.liveingest.stream.SourceReport;
import io.millrace.platformapi.client.ApiClientException;
import io.millrace.platformapi.client.PlatformClient;
import io.millrace.platformapi.model.LiveNodeViewers;
import io.millrace.platformapi.model.LiveRenditionReport;
import io.millrace.platformapi.model.LiveStreamReport;
import io.millrace.platformapi.model.LiveWarning;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Tells the platform every ten seconds how this node's streams are doing
/// (`liveStreamReport.tell`), by a thread of its own. What cannot be told is not kept: the next
/// says more. Thread-safe.
final class PlatformLiveReports implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PlatformLiveReports.class);
    private static final int EVERY_SECONDS = 10;

    /// A call's body stays below a megabyte or two.
    private static final int STREAMS_A_CALL = 50;

    private final PlatformClient platform;
    private final String nodeAddress;
    private final ScheduledExecutorService calls =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("live-reports").factory());
    private boolean failing;

    PlatformLiveReports(PlatformClient platform, String nodeAddress) {
        this.platform = platform;
        this.nodeAddress = nodeAddress;
    }

    void start(LiveReports reports) {
        calls.scheduleWithFixedDelay(
                () -> tell(reports), EVERY_SECONDS / 4, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void tell(LiveReports reports) {
        List<LiveStreamReport> all =
                reports.all().stream().map(PlatformLiveReports::report).toList();
        try {
            for (int i = 0; i < all.size(); i += STREAMS_A_CALL) {
                platform.call(
                        "liveStreamReport.tell",
                        Map.of(
                                "hostName",
                                nodeAddress,
                                "streams",
                                all.subList(i, Math.min(all.size(), i + STREAMS_A_CALL))));
            }
            failing = false;
        } catch (ApiClientException | IOException e) {
            if (!failing) {
                LOG.warn("live: the platform cannot be told how streams do: {}", e.getMessage());
            }
            failing = true;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            LOG.error("live: telling the platform how streams do", e);
        }
    }

    static LiveStreamReport report(StreamReport stream) {
        var report = new LiveStreamReport();
        report.entryId = stream.stream();
        report.startedAt = stream.startedAt().getEpochSecond();
        report.renditions =
                stream.renditions().stream().map(PlatformLiveReports::rendition).toList();
        report.viewers = stream.viewers();
        report.viewersByNode =
                stream.viewersByNode().entrySet().stream()
                        .map(
                                share -> {
                                    var told = new LiveNodeViewers();
                                    told.node = share.getKey();
                                    told.viewers = share.getValue();
                                    return told;
                                })
                        .toList();
        return report;
    }

    private static LiveRenditionReport rendition(SourceReport source) {
        var report = new LiveRenditionReport();
        report.rendition = source.rendition();
        report.publishing = source.live();
        report.standby = source.standby();
        report.publisherAddress =
                source.publisher() == null ? null : source.publisher().remoteAddress();
        SourceReport.Video video = source.video();
        if (video != null) {
            report.videoCodec = video.codec();
            report.width = video.width();
            report.height = video.height();
            report.frameRate = Math.round(video.framesPerSecond() * 1000) / 1000.0;
            report.videoBitrate = kbps(video.bitsPerSecond());
            report.keyFrameInterval = video.keyFrameIntervalMs() / 1000.0;
        }
        SourceReport.Audio audio = source.audio();
        if (audio != null) {
            report.audioCodec = audio.codec();
            report.audioSampleRate = audio.sampleRate();
            report.audioChannels = audio.channels();
            report.audioBitrate = kbps(audio.bitsPerSecond());
        }
        report.gaps = source.gaps();
        report.clockJumps = source.clockJumps();
        report.dropped = source.dropped();
        report.lagMs = source.lagMs();
        report.warnings =
                source.warnings().stream()
                        .map(
                                warning -> {
                                    var told = new LiveWarning();
                                    told.code = warning.code();
                                    told.text = warning.text();
                                    return told;
                                })
                        .toList();
        return report;
    }

    private static int kbps(long bitsPerSecond) {
        return Math.toIntExact(Math.min(Integer.MAX_VALUE, (bitsPerSecond + 500) / 1000));
    }

    @Override
    public void close() {
        calls.shutdownNow();
    }
}
