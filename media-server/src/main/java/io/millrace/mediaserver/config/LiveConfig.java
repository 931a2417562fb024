package io.millrace.mediaserver.config;

import java.time.Duration;
import java.util.List;

/// RTMP ingest, live HLS, recording.
public record LiveConfig(
        @Setting(
                        key = "live.bind",
                        value = "0.0.0.0",
                        unit = "address",
                        help = "Address that RTMP and RTMPS listen on.")
                String bind,
        @Setting(
                        key = "live.rtmp-port",
                        value = "1935",
                        unit = "port",
                        help = "Port of RTMP.",
                        min = 0,
                        max = 65535)
                int rtmpPort,
        @Setting(
                        key = "live.rtmps-port",
                        value = "1936",
                        unit = "port",
                        help = "Port of RTMPS; -1 switches RTMPS off.",
                        min = -1,
                        max = 65535)
                int rtmpsPort,
        @Setting(
                        key = "live.proxy-protocol-from",
                        value = "",
                        unit = "list of addresses",
                        help =
                                "IP addresses of load balancers whose connections to the ports of RTMP and RTMPS begin with a PROXY protocol header (version 1 or 2), which they must then send.")
                List<String> proxyProtocolFrom,
        @Setting(
                        key = "live.public-host",
                        value = "",
                        unit = "host",
                        help =
                                "Host name in the RTMP URLs that publishers are given. Empty: the host that the API client used.")
                String publicHost,
        @Setting(
                        key = "live.segment-duration",
                        value = "2s",
                        unit = "duration",
                        help = "Target length of a live segment; cut at the next key frame.",
                        min = 1,
                        max = 20)
                Duration segmentDuration,
        @Setting(
                        key = "live.window",
                        value = "30s",
                        unit = "duration",
                        help = "How much of a stream the live playlist lists.",
                        min = 6,
                        max = 3600)
                Duration window,
        @Setting(
                        key = "live.window-memory",
                        value = "64MB",
                        unit = "bytes",
                        help = "Most memory that the live window of one stream may take.",
                        min = 1048576)
                ByteSize windowMemory,
        @Setting(
                        key = "live.dvr-window",
                        value = "2h",
                        unit = "duration",
                        help =
                                "How far players may go back in a stream (master-dvr.m3u8, manifest-dvr.mpd). What is recorded is read from the recording; all else, the other renditions too, is kept for so long below content/live-past. Of entries: the bound and default of their dvrWindow, where dvrStatus is 1. 0s: not at all.",
                        min = 0,
                        max = 86400)
                Duration dvrWindow,
        @Setting(
                        key = "live.recording",
                        value = "true",
                        unit = "true | false",
                        help = "Record what is published, unless the entry says otherwise.")
                boolean recording,
        @Setting(
                        key = "live.recording-split-duration",
                        value = "0s",
                        unit = "duration",
                        help =
                                "A recording that is as long ends, and another begins, at the next key frame. 0s: never.",
                        min = 0,
                        max = 86400)
                Duration recordingSplitDuration,
        @Setting(
                        key = "live.recording-split-size",
                        value = "0",
                        unit = "bytes",
                        help =
                                "A recording that is as large ends, and another begins, at the next key frame. 0: never.",
                        min = 0)
                ByteSize recordingSplitSize,
        @Setting(
                        key = "live.resume-window",
                        value = "60s",
                        unit = "duration",
                        help =
                                "A publisher that comes back within this time goes on with the same stream and recording.",
                        min = 0,
                        max = 3600)
                Duration resumeWindow,
        @Setting(
                        key = "live.conflict",
                        value = "take-over",
                        unit = "take-over | refuse",
                        help =
                                "What happens to a second publisher with the right key on a stream that is being published.")
                PublishConflict conflict,
        @Setting(
                        key = "live.max-publishers",
                        value = "2000",
                        unit = "streams",
                        help =
                                "RTMP connections open at the same time, of publishers and players; more are closed at accept. One address has half of them at most while it neither publishes nor plays.",
                        min = 1,
                        max = 100000)
                int maxPublishers,
        @Setting(
                        key = "live.play-batch",
                        value = "50",
                        unit = "milliseconds",
                        help =
                                "How long media is gathered for one write to each viewer of RTMP and HTTP-FLV. More saves CPU and adds as much delay; 0 sends every frame at once.",
                        min = 0,
                        max = 350)
                int playBatch,
        @Setting(
                        key = "live.relay-only",
                        value = "false",
                        unit = "true | false",
                        help =
                                "true: streams are relayed to viewers of RTMP and HTTP-FLV, and recorded where that is on; there is no HLS and no DASH.")
                boolean relayOnly,
        @Setting(
                        key = "live.origins",
                        value = "",
                        unit = "list of URLs",
                        help =
                                "Without a platform: the nodes that take publishers (http://a:8080,http://b:8080). A stream that is not on this node is fetched from the first that has it.")
                List<String> origins,
        @Setting(
                        key = "live.edge-rtmp",
                        value = "false",
                        unit = "true | false",
                        help =
                                "true: a node with the role delivery and without live opens live.rtmp-port and live.rtmps-port, too, for players; live nodes always do.")
                boolean edgeRtmp,
        @Setting(
                        key = "live.edge-memory",
                        value = "128MB",
                        unit = "bytes",
                        help =
                                "Parts, segments and playlists of other nodes' streams that are kept for all who ask here.",
                        min = 1048576)
                ByteSize edgeMemory,
        @Setting(
                        key = "live.thumbnail-interval",
                        value = "10s",
                        unit = "duration",
                        help =
                                "How old /live/{name}/thumb.jpg may become before it is made anew, when somebody asks; 0s makes none.",
                        min = 0,
                        max = 3600)
                Duration thumbnailInterval) {}
