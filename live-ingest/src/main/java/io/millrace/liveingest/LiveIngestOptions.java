package io.millrace.liveingest;

import io.millrace.liveingest.ladder.LadderOptions;
import io.millrace.liveingest.live.LiveWindowOptions;
import io.millrace.liveingest.play.PlayOptions;
import io.millrace.liveingest.record.RecordingOptions;
import io.millrace.liveingest.rtmp.session.RtmpServerOptions;
import io.millrace.liveingest.stream.PublishConflictPolicy;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/// @param nodeName this node's name in journals, unique among nodes and the same at every start;
///   letters, digits, `-`, `_`, `.`
/// @param rtmp where RTMP listens
/// @param rtmps where RTMPS listens, null for nowhere
/// @param conflictPolicy what a second publisher meets
/// @param resumeWindow how long a stream waits for a publisher whose connection broke
/// @param unpublishWindow the same for a publisher that said it stops
/// @param segmentTarget segments end at the first key frame after this
/// @param window what players see of a stream
/// @param playlistLinger how long an ended stream's playlist and segments stay
/// @param record false switches recording off for all streams
/// @param recording how it is done; its node's name is this node's
/// @param play how viewers of RTMP and HTTP-FLV are sent to
/// @param ladder what is made of each stream beside what its encoder sends
public record LiveIngestOptions(
        String nodeName,
        RtmpServerOptions rtmp,
        @Nullable RtmpServerOptions rtmps,
        PublishConflictPolicy conflictPolicy,
        Duration resumeWindow,
        Duration unpublishWindow,
        Duration segmentTarget,
        LiveWindowOptions window,
        Duration playlistLinger,
        boolean record,
        RecordingOptions recording,
        PlayOptions play,
        LadderOptions ladder) {

    public static LiveIngestOptions onPorts(int rtmpPort, @Nullable Integer rtmpsPort) {
        return new LiveIngestOptions(
                "node-1",
                RtmpServerOptions.onPort(rtmpPort),
                rtmpsPort == null ? null : RtmpServerOptions.onPort(rtmpsPort),
                PublishConflictPolicy.TAKE_OVER,
                Duration.ofSeconds(60),
                Duration.ofSeconds(3),
                Duration.ofSeconds(2),
                new LiveWindowOptions(
                        10,
                        256L << 20,
                        Duration.ofSeconds(4),
                        Duration.ofMillis(333),
                        Duration.ofHours(2)),
                Duration.ofSeconds(60),
                true,
                RecordingOptions.of("node-1"),
                PlayOptions.DEFAULT,
                LadderOptions.NONE);
    }

    public LiveIngestOptions {
        if (!nodeName.matches("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,63}")) {
            throw new IllegalArgumentException(
                    "nodeName: " + nodeName + " (expected: 1..64 letters, digits, - _ .)");
        }
        if (segmentTarget.toMillis() < 500 || segmentTarget.compareTo(window.maxSegment()) > 0) {
            throw new IllegalArgumentException(
                    "segmentTarget: "
                            + segmentTarget
                            + " (expected: 500 ms.."
                            + window.maxSegment()
                            + ")");
        }
    }

    public LiveIngestOptions withNodeName(String name) {
        return new LiveIngestOptions(
                name,
                rtmp,
                rtmps,
                conflictPolicy,
                resumeWindow,
                unpublishWindow,
                segmentTarget,
                window,
                playlistLinger,
                record,
                recording,
                play,
                ladder);
    }

    public LiveIngestOptions withConflictPolicy(PublishConflictPolicy policy) {
        return new LiveIngestOptions(
                nodeName,
                rtmp,
                rtmps,
                policy,
                resumeWindow,
                unpublishWindow,
                segmentTarget,
                window,
                playlistLinger,
                record,
                recording,
                play,
                ladder);
    }

    public LiveIngestOptions withResumeWindow(Duration resume) {
        return new LiveIngestOptions(
                nodeName,
                rtmp,
                rtmps,
                conflictPolicy,
                resume,
                unpublishWindow,
                segmentTarget,
                window,
                playlistLinger,
                record,
                recording,
                play,
                ladder);
    }

    public LiveIngestOptions withRecording(RecordingOptions how) {
        return new LiveIngestOptions(
                nodeName,
                rtmp,
                rtmps,
                conflictPolicy,
                resumeWindow,
                unpublishWindow,
                segmentTarget,
                window,
                playlistLinger,
                record,
                how,
                play,
                ladder);
    }

    public LiveIngestOptions withLadder(LadderOptions rungs) {
        return new LiveIngestOptions(
                nodeName,
                rtmp,
                rtmps,
                conflictPolicy,
                resumeWindow,
                unpublishWindow,
                segmentTarget,
                window,
                playlistLinger,
                record,
                recording,
                play,
                rungs);
    }
}
