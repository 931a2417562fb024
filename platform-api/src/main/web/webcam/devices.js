// Cameras and microphones: which there are, which were chosen last, and what to say when there is none to be had.

const CHOICES = "millrace.webcam";
const HEIGHTS = [1080, 720, 480, 360];

function remembered() {
    try {
        return JSON.parse(localStorage.getItem(CHOICES) ?? "{}");
    } catch {
        return {};
    }
}

function remember(choices) {
    try {
        localStorage.setItem(CHOICES, JSON.stringify({ ...remembered(), ...choices }));
    } catch {
        // Private windows may refuse; the choice holds as long as the page.
    }
}

/** Opens what was chosen; a device that is gone is replaced by any other. */
async function openDevices({ camera, microphone, height }) {
    const video = camera === "none" ? false : {
        ...(camera ? { deviceId: { exact: camera } } : {}),
        height: { ideal: height ?? 720 },
        width: { ideal: Math.round(((height ?? 720) * 16) / 9) },
        frameRate: { ideal: 30, max: 60 },
    };
    const audio = microphone === "none" ? false : {
        ...(microphone ? { deviceId: { exact: microphone } } : {}),
        echoCancellation: true,
        noiseSuppression: true,
    };
    try {
        return await navigator.mediaDevices.getUserMedia({ video, audio });
    } catch (error) {
        if ((error.name === "OverconstrainedError" || error.name === "NotFoundError") && (camera || microphone)
                && camera !== "none" && microphone !== "none") {
            return openDevices({ height });
        }
        throw error;
    }
}

async function listDevices() {
    const all = await navigator.mediaDevices.enumerateDevices();
    const named = (kind, word) => all.filter((device) => device.kind === kind && device.deviceId)
        .map((device, i) => ({ id: device.deviceId, label: device.label || `${word} ${i + 1}` }));
    return { cameras: named("videoinput", "Camera"), microphones: named("audioinput", "Microphone") };
}

/** What a failure of getUserMedia means to the person in front of it: [heading, what to do]. */
async function explain(error) {
    switch (error.name) {
        case "NotAllowedError": {
            const state = await navigator.permissions?.query({ name: "camera" }).then((answer) => answer.state, () => "") ?? "";
            return state === "prompt"
                ? ["The question was not answered", "This page needs your camera and microphone. Choose “Try again” and then “Allow”."]
                : ["Camera and microphone are blocked", "Allow both for this site (the symbol beside the address), in the system's privacy settings too, then try again."];
        }
        case "NotFoundError":
            return ["No camera or microphone was found", "Connect one and try again, or choose “No camera” to record sound only."];
        case "NotReadableError":
        case "AbortError":
            return ["The camera or microphone does not answer", "Another program may be using it. Close that program and try again."];
        case "OverconstrainedError":
            return ["The chosen device is not there", "Choose another one."];
        case "SecurityError":
            return ["This page may not use the camera", "The browser's settings or the page around this one forbid it."];
        default:
            return ["The camera could not be opened", error.message || error.name];
    }
}

/** Why nothing can be recorded here at all, or null. */
function obstacle() {
    if (!window.isSecureContext) {
        return ["This connection is not secure", "Browsers give cameras only to pages over HTTPS (or on this very machine). Open this page with https:// at the start of its address."];
    }
    if (!navigator.mediaDevices?.getUserMedia || typeof MediaRecorder === "undefined") {
        return ["This browser cannot record", "Use a current version of Chrome, Edge, Firefox or Safari."];
    }
    return null;
}
