// The page: preview, choices, buttons, and what is going on.
//
//     /webcam/#name=STREAM&key=KEY[&p=PARTNER&entry=ENTRY]      the part behind # never leaves the browser

const query = new URLSearchParams(location.hash.slice(1));
const STATES = {
    idle: ["Ready", ""],
    connecting: ["Connecting…", "busy"],
    sending: ["Recording", "good"],
    paused: ["Paused", "busy"],
    full: ["Waiting for the connection; recording is paused", "bad"],
    reconnecting: ["Connection lost; still recording here", "busy"],
    finishing: ["Sending the rest…", "busy"],
    done: ["Done: everything was received", "good"],
    failed: ["Stopped", "bad"],
};

function clock(ms) {
    const seconds = Math.floor(ms / 1000);
    const two = (n) => String(n).padStart(2, "0");
    return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function size(bytes) {
    return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function webcamView() {
    const video = h("video", { class: "preview mirrored", autoplay: true, playsinline: true, "aria-label": "Preview of your camera" });
    video.muted = true;
    const meter = h("meter", { id: "level", min: 0, max: 1, low: 0.15, high: 0.9, optimum: 0.5 });
    const camera = h("select", { id: "camera" });
    const microphone = h("select", { id: "microphone" });
    const quality = h("select", { id: "quality" }, HEIGHTS.map((height) => h("option", { value: height }, `${height}p`)));
    const name = h("input", { id: "name", required: true, autocomplete: "off", spellcheck: "false", value: query.get("name") ?? "" });
    const key = h("input", { id: "key", type: "password", autocomplete: "off", value: query.get("key") ?? "" });
    const given = query.has("name");
    const start = h("button", { type: "button", id: "start", click: () => begin() }, "Start recording");
    const pause = h("button", { type: "button", id: "pause", class: "secondary", hidden: true, click: () => togglePause() }, "Pause");
    const stop = h("button", { type: "button", id: "stop", class: "contrast", hidden: true, click: () => finish() }, "Stop");
    const mute = h("button", { type: "button", id: "mute", class: "secondary outline", "aria-pressed": "false", click: () => toggle("audio", mute) }, "Mute");
    const hide = h("button", { type: "button", id: "hide", class: "secondary outline", "aria-pressed": "false", click: () => toggle("video", hide) }, "Camera off");
    const status = h("strong", { id: "state", class: "status" });
    const live = h("span", { id: "live" });
    const elapsed = h("dd", { id: "elapsed" }, clock(0));
    const rate = h("dd", { id: "rate" }, "–");
    const waiting = h("dd", { id: "waiting" }, "–");
    const notices = h("div", { id: "notices" });
    const silence = h("p", { class: "notice", id: "silence", role: "status", hidden: true }, "Nothing is heard from the microphone.");
    const after = h("div", { id: "after" });
    const settings = h("fieldset", { id: "settings" }, h("legend", {}, "Devices"),
        h("label", { for: "camera" }, "Camera"), camera, h("label", { for: "microphone" }, "Microphone"), microphone,
        h("label", { for: "quality" }, "Quality"), quality);
    const target = h("fieldset", { id: "target", hidden: given }, h("legend", {}, "Stream"),
        h("label", { for: "name" }, "Stream name"), name, h("label", { for: "key" }, "Stream key"), key);

    document.title = "Record with your camera – Millrace";
    replace(app, h("main", { class: "container webcam" },
        h("div", { class: "toolbar" }, h("h1", { tabindex: "-1" }, "Record with your camera"),
            query.has("entry") ? h("a", { href: `/console/#/entry/${encodeURIComponent(query.get("entry"))}` }, "Back to the stream") : null),
        notices,
        h("div", { class: "split" },
            h("section", { "aria-label": "Camera" }, video,
                h("label", { for: "level" }, "Microphone level"), meter, silence,
                h("div", { class: "buttons" }, start, pause, stop, mute, hide)),
            h("section", { "aria-label": "Recording" },
                h("p", { role: "status" }, status, " ", live),
                h("dl", { class: "facts numbers" }, h("dt", {}, "Recorded"), elapsed, h("dt", {}, "Bit rate"), rate, h("dt", {}, "Waiting to be sent"), waiting),
                after, target, settings))));

    let stream = null;
    let closeMeter = () => {};
    let uplink = null;
    let recorder = null;
    let state = "";
    let link = "connecting";
    let recordedMs = 0;
    let since = 0; // of the running stretch, 0 when nothing is recorded
    let chosenPause = false;
    let lastWritten = 0;
    let lastLook = 0;
    let wakeLock = null;

    function show(next) {
        if (state === next) {
            return;
        }
        state = next;
        const [text, tone] = STATES[next];
        status.textContent = text;
        status.className = `status ${tone}`;
        const running = !["idle", "done", "failed"].includes(next);
        start.hidden = running;
        pause.hidden = stop.hidden = !running;
        pause.disabled = stop.disabled = next === "finishing";
        pause.textContent = chosenPause ? "Resume" : "Pause";
        settings.disabled = target.disabled = running;
        start.disabled = !stream;
        start.textContent = next === "idle" ? "Start recording" : "Start another recording";
    }

    function notice(heading, text, ...more) {
        replace(notices, h("div", { class: "notice bad", role: "alert" }, h("strong", {}, heading), h("p", {}, text), more));
    }

    // --- devices ------------------------------------------------------------------------------

    async function open() {
        start.disabled = true;
        closeStream();
        const choices = remembered();
        try {
            stream = await openDevices(choices);
        } catch (error) {
            const [heading, text] = await explain(error);
            notice(heading, text, h("div", { class: "buttons" },
                h("button", { type: "button", id: "again", click: () => open() }, "Try again"),
                choices.camera === "none" ? null : h("button", { type: "button", class: "secondary", click: () => {
                    remember({ camera: "none" });
                    open();
                } }, "No camera")));
            await fillLists();
            return;
        }
        replace(notices);
        video.srcObject = stream;
        const sound = stream.getAudioTracks();
        closeMeter = sound.length ? levelMeter(stream, meter, (isQuiet) => { silence.hidden = !isQuiet || !sound[0].enabled; }) : () => {};
        mute.disabled = !sound.length;
        hide.disabled = !stream.getVideoTracks().length;
        for (const track of stream.getTracks()) {
            track.addEventListener("ended", () => notice(`The ${track.kind === "video" ? "camera" : "microphone"} was disconnected`,
                recorder ? "What was recorded until now is kept. Stop, or connect it and start another recording." : "Connect it and try again.",
                recorder ? null : h("button", { type: "button", click: () => open() }, "Try again")));
        }
        await fillLists();
        start.disabled = false;
    }

    function closeStream() {
        closeMeter();
        closeMeter = () => {};
        silence.hidden = true;
        stream?.getTracks().forEach((track) => track.stop());
        stream = null;
        video.srcObject = null;
        for (const button of [mute, hide]) {
            button.setAttribute("aria-pressed", "false");
        }
    }

    async function fillLists() {
        const choices = remembered();
        const { cameras, microphones } = await listDevices();
        const fill = (select, devices, none, chosen, track) => {
            const used = track?.getSettings().deviceId;
            replace(select, devices.map(({ id, label }) => h("option", { value: id }, label)), h("option", { value: "none" }, none));
            select.value = chosen === "none" ? "none" : devices.some(({ id }) => id === used) ? used : devices[0]?.id ?? "none";
        };
        fill(camera, cameras, "No camera", choices.camera, stream?.getVideoTracks()[0]);
        fill(microphone, microphones, "No microphone", choices.microphone, stream?.getAudioTracks()[0]);
        quality.value = String(choices.height ?? 720);
    }

    for (const [select, property] of [[camera, "camera"], [microphone, "microphone"]]) {
        select.addEventListener("change", () => {
            remember({ [property]: select.value });
            open();
        });
    }
    quality.addEventListener("change", () => {
        remember({ height: Number(quality.value) });
        open();
    });
    navigator.mediaDevices?.addEventListener?.("devicechange", () => {
        if (!recorder) {
            fillLists();
        }
    });

    function toggle(kind, button) {
        const off = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(off));
        for (const track of stream?.getTracks() ?? []) {
            if (track.kind === kind) {
                track.enabled = !off;
            }
        }
    }

    // --- recording ----------------------------------------------------------------------------

    function begin() {
        if (!stream || !name.reportValidity()) {
            return;
        }
        replace(notices);
        replace(after);
        live.textContent = "";
        recordedMs = lastWritten = 0;
        chosenPause = false;
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        uplink = new Uplink(`${scheme}://${location.host}/live/${encodeURIComponent(name.value.trim())}/webcam`, key.value, query.get("p") ?? "");
        uplink.addEventListener("state", (event) => reached(event.detail));
        uplink.addEventListener("live", (event) => {
            live.textContent = event.detail.live ? "You are live." : event.detail.message;
        });
        uplink.addEventListener("restart", () => restart());
        uplink.addEventListener("refused", (event) => refused(event.detail));
        keepAwake();
        record();
    }

    function record() {
        recorder = new Recorder(stream, remembered().height ?? 720, pushed, (message) => {
            notice("The browser stopped recording", message);
            finish();
        });
        try {
            recorder.start();
        } catch (error) {
            recorder = null;
            notice("The browser cannot record this", error.message);
            show("failed");
            return;
        }
        since = performance.now();
        uplink.begin(recorder.mime);
    }

    function pushed(bytes) {
        uplink.push(bytes);
        if (uplink.isFull && since) {
            hold();
            show("full");
        }
    }

    function hold() {
        if (since) {
            recorder.pause();
            recordedMs += performance.now() - since;
            since = 0;
        }
    }

    function goOn() {
        if (!since) {
            recorder.resume();
            since = performance.now();
        }
    }

    function togglePause() {
        chosenPause = !chosenPause;
        if (chosenPause) {
            hold();
            show("paused");
        } else {
            goOn();
            show(link);
        }
        pause.textContent = chosenPause ? "Resume" : "Pause";
    }

    /** Where the uplink is, together with what was chosen here. */
    function reached(linkState) {
        link = linkState;
        if (linkState === "done") {
            end("done");
            const entry = query.get("entry");
            replace(after, h("p", {}, "The recording appears as an entry in a moment. ",
                entry ? h("a", { href: `/console/#/entry/${encodeURIComponent(entry)}` }, "Show it") : null));
        } else if (state === "finishing" || state === "full") {
            return;
        } else if (linkState === "sending" && chosenPause) {
            show("paused");
        } else {
            show(linkState);
        }
    }

    /** The server knows nothing of this recording any more: the next one begins, without a gap in what is seen here. */
    async function restart() {
        const old = recorder;
        if (!old || state === "finishing") {
            notice("The end was not received", "The server no longer has this recording open. What it had received is kept.");
            end("failed");
            return;
        }
        recorder = null;
        await old.stop();
        notice("A new recording was begun", "The server had closed the one before. What it had received is kept as an entry of its own.");
        lastWritten = 0;
        record();
    }

    async function finish() {
        if (!recorder || state === "finishing") {
            return;
        }
        hold();
        show("finishing");
        await recorder.stop();
        uplink?.finish();
    }

    async function refused({ reason, message }) {
        const headings = {
            unauthorized: "The stream key is not right", "not-found": "There is no such stream", limit: "A limit is reached",
            busy: "The stream is in use", "taken-over": "The stream was taken over", format: "This browser's format cannot be used here",
        };
        notice(headings[reason] ?? "The server refused", message);
        if (reason === "unauthorized" || reason === "not-found") {
            target.hidden = false;
        }
        const old = recorder;
        end("failed");
        await old?.stop();
    }

    function end(next) {
        if (since) {
            recordedMs += performance.now() - since;
            since = 0;
        }
        uplink?.close();
        recorder = null;
        chosenPause = false;
        wakeLock?.release().catch(() => {});
        wakeLock = null;
        live.textContent = "";
        show(next);
        start.focus();
    }

    async function keepAwake() {
        wakeLock = await navigator.wakeLock?.request("screen").catch(() => null) ?? null;
    }

    // --- what the numbers say -------------------------------------------------------------------

    setInterval(() => {
        const now = performance.now();
        elapsed.textContent = clock(recordedMs + (since ? now - since : 0));
        if (!uplink || !recorder) {
            rate.textContent = "–";
            waiting.textContent = uplink ? size(uplink.waiting) : "–";
            lastLook = now;
            return;
        }
        rate.textContent = `${Math.max(0, Math.round(((uplink.written - lastWritten) * 8) / Math.max(1, now - lastLook)))} kbit/s`;
        lastWritten = uplink.written;
        lastLook = now;
        waiting.textContent = size(uplink.waiting);
        if (state === "full" && uplink.hasRoom) {
            state = "";
            if (chosenPause) {
                show("paused");
            } else {
                goOn();
                show(link);
            }
        }
    }, 1000);

    addEventListener("beforeunload", (event) => {
        if (recorder) {
            event.preventDefault();
        }
    });

    show("idle");
    const impossible = obstacle();
    if (impossible) {
        notice(...impossible);
        settings.disabled = true;
        start.disabled = mute.disabled = hide.disabled = true;
        return;
    }
    open();
}

webcamView();
