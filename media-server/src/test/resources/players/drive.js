// One way to drive each player. window.seen collects what a test asserts: errors of any severity, and facts.
window.seen = { errors: [], ready: false };

const video = () => document.querySelector("video");

window.startHls = (url, subtitles) => {
    const hls = new Hls({ enableWorker: true, debug: false });
    window.player = hls;
    hls.on(Hls.Events.ERROR, (_, data) =>
        window.seen.errors.push(`${data.type} ${data.details} ${data.fatal} ${data.reason ?? ""} ${data.error ?? ""} ${data.hole ?? ""} at ${video().currentTime}`));
    hls.on(Hls.Events.MANIFEST_PARSED, () => {
        window.seen.audio = () => hls.audioTracks.length;
        window.seen.ready = true;
        video().play();
    });
    // Once it plays: before, hls.js takes back what is chosen while the text tracks are being made.
    video().addEventListener("playing", () => {
        if (subtitles && hls.subtitleTrack < 0) {
            hls.subtitleDisplay = true;
            hls.subtitleTrack = 0;
        }
    });
    hls.loadSource(url);
    hls.attachMedia(video());
    window.switchAudio = (n) => { hls.audioTrack = n; };
};

window.startShaka = async (url, subtitles) => {
    shaka.polyfill.installAll();
    const player = new shaka.Player();
    window.player = player;
    player.addEventListener("error", (event) =>
        window.seen.errors.push(`${event.detail.severity} ${event.detail.code} ${JSON.stringify(event.detail.data)}`));
    await player.attach(video());
    try {
        await player.load(url);
        if (subtitles) {
            player.selectTextTrack(player.getTextTracks()[0]);
            await player.setTextTrackVisibility?.(true);
        }
        window.switchAudio = (n) => {
            const languages = [...new Set(player.getAudioTracks().map((track) => track.language))];
            player.selectAudioLanguage?.(languages[n]) ?? player.selectAudioTrack(player.getAudioTracks()[n]);
        };
        window.seen.audio = () => player.getAudioTracks().length;
        window.seen.ready = true;
        video().play();
    } catch (error) {
        window.seen.errors.push(`load ${error.severity} ${error.code} ${JSON.stringify(error.data)} ${error.message}`);
    }
};

window.startDash = (url, subtitles) => {
    const player = dashjs.MediaPlayer().create();
    window.player = player;
    player.updateSettings({ debug: { logLevel: 1 }, streaming: { text: { defaultEnabled: subtitles } } });
    player.on(dashjs.MediaPlayer.events.ERROR, (event) =>
        window.seen.errors.push(`${event.error?.code} ${event.error?.message}`));
    player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, () => {
        window.seen.ready = true;
        window.seen.audio = () => player.getTracksFor("audio").length;
        window.switchAudio = (n) => player.setCurrentTrack(player.getTracksFor("audio")[n]);
    });
    player.initialize(video(), url, true);
    const captions = document.createElement("div");
    document.body.append(captions);
    player.attachTTMLRenderingDiv(captions);
    window.seen.rendered = () => captions.textContent;
};

// What is going on now.
window.look = () => {
    const v = video();
    let cues = 0;
    const texts = [];
    for (const track of v.textTracks) {
        cues += track.mode === "disabled" ? 0 : (track.cues?.length ?? 0);
        for (const cue of track.activeCues ?? []) {
            texts.push(cue.text ?? "");
        }
    }
    const buffered = [];
    for (let i = 0; i < v.buffered.length; i++) {
        buffered.push(`${v.buffered.start(i)}-${v.buffered.end(i)}`);
    }
    return {
        time: v.currentTime,
        duration: v.duration,
        frames: v.getVideoPlaybackQuality().totalVideoFrames,
        ended: v.ended,
        cues,
        texts: texts.join("|") + (window.seen.rendered ? window.seen.rendered() : ""),
        buffered: buffered.join(" "),
        errors: window.seen.errors.concat(v.error ? [`media ${v.error.code} ${v.error.message}`] : []),
        audio: window.seen.audio ? window.seen.audio() : 0,
    };
};
