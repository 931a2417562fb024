package io.millrace.batch.worker;

import io.millrace.batch.probe.MediaReport;
import io.millrace.batch.thumbnail.Thumbnailer;
import io.millrace.platformapi.model.ConvertResult;
import io.millrace.platformapi.model.ProbeResult;
import io.millrace.platformapi.model.ThumbnailResult;

/// Our findings in the API's objects. Stateless.
final class WorkResults {
    private WorkResults() {}

    static ProbeResult probe(MediaReport report) {
        ProbeResult result = new ProbeResult();
        result.containerFormat = report.container().shortName();
        result.durationMs = report.durationMs();
        result.sizeBytes = report.sizeBytes();
        result.bitrateKbps = report.bitrateKbps();
        result.stillImage = report.container().isStillImage();
        MediaReport.Video video = report.video();
        if (video != null) {
            result.videoCodec = video.codec();
            result.width = video.width();
            result.height = video.height();
            if (video.frameRate() > 0) {
                result.frameRate = video.frameRate();
            }
            if (video.bitrateKbps() > 0) {
                result.videoBitrateKbps = video.bitrateKbps();
            }
        }
        MediaReport.Audio audio = report.audio();
        if (audio != null) {
            result.audioCodec = audio.codec();
            result.audioChannels = audio.channels();
            result.audioSampleRate = audio.sampleRate();
            if (audio.bitrateKbps() > 0) {
                result.audioBitrateKbps = audio.bitrateKbps();
            }
        }
        return result;
    }

    static ConvertResult convert(MediaReport made) {
        ConvertResult result = new ConvertResult();
        result.containerFormat = made.container().shortName();
        result.durationMs = made.durationMs();
        result.sizeBytes = made.sizeBytes();
        result.bitrateKbps = made.bitrateKbps();
        MediaReport.Video video = made.video();
        if (video != null) {
            result.videoCodec = video.codec();
            result.width = video.width();
            result.height = video.height();
            if (video.frameRate() > 0) {
                result.frameRate = video.frameRate();
            }
        }
        MediaReport.Audio audio = made.audio();
        if (audio != null) {
            result.audioCodec = audio.codec();
            result.audioChannels = audio.channels();
        }
        return result;
    }

    static ThumbnailResult thumbnail(Thumbnailer.Size size, long sizeBytes) {
        ThumbnailResult result = new ThumbnailResult();
        result.width = size.width();
        result.height = size.height();
        result.sizeBytes = sizeBytes;
        return result;
    }
}
