// MediaRecorder, in the format that gets furthest: H.264 is shown live to everybody, the others are not by all servers.

const FORMATS = [
    "video/webm;codecs=h264,opus",
    "video/mp4;codecs=avc1.42E01F,mp4a.40.2",
    "video/mp4;codecs=avc1.42E01F,opus",
    "video/webm;codecs=vp9,opus",
    "video/webm;codecs=vp8,opus",
    "video/webm",
    "video/mp4",
];
const SOUND_FORMATS = ["audio/webm;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"];
const SLICE_MS = 250;
const KEY_FRAME_MS = 2000;

/** Bits per second for pictures of a height, as cameras of that size need. */
function bitRate(height) {
    return height > 900 ? 4_500_000 : height > 600 ? 2_500_000 : height > 400 ? 1_200_000 : 700_000;
}

class Recorder {
    #recorder;
    #last = Promise.resolve();

    /** @param push gets Uint8Arrays in order; @param broken a message, when the browser gives up */
    constructor(stream, height, push, broken) {
        const formats = stream.getVideoTracks().length ? FORMATS : SOUND_FORMATS;
        const mimeType = formats.find((format) => MediaRecorder.isTypeSupported(format));
        this.#recorder = new MediaRecorder(stream, {
            ...(mimeType ? { mimeType } : {}),
            videoBitsPerSecond: bitRate(height),
            audioBitsPerSecond: 128_000,
            videoKeyFrameIntervalDuration: KEY_FRAME_MS,
        });
        this.#recorder.addEventListener("dataavailable", (event) => {
            if (event.data.size) {
                const bytes = event.data.arrayBuffer();
                this.#last = this.#last.then(async () => push(new Uint8Array(await bytes)));
            }
        });
        this.#recorder.addEventListener("error", (event) => broken(event.error?.message ?? "The browser stopped recording."));
    }

    get mime() {
        return this.#recorder.mimeType;
    }

    start() {
        this.#recorder.start(SLICE_MS);
    }

    pause() {
        this.#recorder.pause();
    }

    resume() {
        this.#recorder.resume();
    }

    /** Until all bytes have been pushed. */
    async stop() {
        if (this.#recorder.state !== "inactive") {
            const stopped = new Promise((done) => this.#recorder.addEventListener("stop", done, { once: true }));
            this.#recorder.stop();
            await stopped;
        }
        await this.#last;
    }
}
