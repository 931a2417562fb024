// Drives players on a live stream. window.seen collects errors; window.behind tells how many seconds the picture is
// behind the moment at which the server took it in.
// seen.gaps: how many parts a playlist of sound said to be missing.
window.seen = { errors: [], gaps: 0, buffers: 0 };

// seen.buffers: how many decoders' buffers were ever made.
const addSourceBuffer = MediaSource.prototype.addSourceBuffer;
MediaSource.prototype.addSourceBuffer = function (type) {
    window.seen.buffers++;
    return addSourceBuffer.call(this, type);
};

const video = () => document.querySelector("video");

window.startHls = (url) => {
    const hls = new Hls({ lowLatencyMode: true, maxLiveSyncPlaybackRate: 1.5 });
    // What hls.js gets over by itself: a stall where the machine has too much to do and the nudge that ends it, the request
    // that a seek ends while it is under way, and the hole that it leaves when it has fallen far behind and jumps to the edge.
    const passing = ["bufferStalledError", "bufferNudgeOnStall", "aborted"];
    hls.on(Hls.Events.ERROR, (_, data) => {
        const jumped = data.details === "bufferSeekOverHole" && hls.latency > 6;
        // What the playlist says is not there is no error.
        const gap = data.details === "fragGap" && window.seen.gaps > 0;
        if (data.fatal || !(jumped || gap || passing.includes(data.details))) {
            window.seen.errors.push(`${data.type} ${data.details} ${data.fatal} ${data.reason ?? ""} ${data.response?.code ?? ""} ${hls.latency} s behind`);
        }
    });
    hls.on(Hls.Events.AUDIO_TRACK_LOADED, (_, data) => {
        window.seen.gaps = Math.max(window.seen.gaps, (data.details.partList ?? []).filter((part) => part.gap).length);
    });
    hls.on(Hls.Events.MANIFEST_PARSED, () => video().play());
    window.behind = () => hls.playingDate ? (Date.now() - hls.playingDate.getTime()) / 1000 : 1e9;
    window.back = () => { video().currentTime = 1; };
    window.levels = () => hls.levels.map((level) => level.width);
    window.take = (width) => { hls.currentLevel = window.levels().indexOf(width); };
    hls.loadSource(url);
    hls.attachMedia(video());
};

window.startShaka = async (url) => {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    player.configure({ streaming: { lowLatencyMode: true } });
    player.addEventListener("error", (event) =>
        window.seen.errors.push(`${event.detail.severity} ${event.detail.code} ${JSON.stringify(event.detail.data)}`));
    window.behind = () => (Date.now() - (player.getPlayheadTimeAsDate()?.getTime() ?? 0)) / 1000;
    await player.attach(video());
    try {
        await player.load(url);
        video().play();
    } catch (error) {
        window.seen.errors.push(`load ${error.code} ${JSON.stringify(error.data)} ${error.stack ?? error}`);
    }
};

window.startDash = (url) => {
    const player = dashjs.MediaPlayer().create();
    player.updateSettings({ debug: { logLevel: 1 } });
    player.on(dashjs.MediaPlayer.events.ERROR, (event) =>
        window.seen.errors.push(`${event.error?.code} ${event.error?.message}`));
    window.behind = () => player.getCurrentLiveLatency();
    window.back = () => player.seek(1);
    window.levels = () => player.getRepresentationsByType("video").map((representation) => representation.width);
    window.take = (width) => {
        player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
        player.setRepresentationForTypeByIndex("video", window.levels().indexOf(width), true);
    };
    player.initialize(video(), url, true);
};

window.look = () => ({
    time: video().currentTime,
    frames: video().getVideoPlaybackQuality().totalVideoFrames,
    width: video().videoWidth,
    errors: window.seen.errors,
    gaps: window.seen.gaps,
    buffers: window.seen.buffers,
    behind: window.behind?.() ?? 1e9,
    // For whoever reads why a test failed.
    state: `ready ${video().readyState}${video().paused ? ", paused" : ""}${video().seeking ? ", seeking" : ""}, has ${buffered()}`,
});

const buffered = () => {
    const ranges = video().buffered;
    return Array.from({ length: ranges.length }, (_, i) => `${ranges.start(i)} to ${ranges.end(i)}`).join(", ") || "nothing";
};
