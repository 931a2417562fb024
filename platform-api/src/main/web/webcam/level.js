// How loud it is.

/** Shows a stream's loudness in a meter element until closed; `quiet` is told when nothing is heard for long, and when it is again. */
function levelMeter(stream, meter, quiet) {
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 1024;
    context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    let shown = 0;
    let heardAt = performance.now();
    let isQuiet = false;
    const timer = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
        // -60 dB is an empty meter, 0 dB a full one. Up at once, down slowly, as people expect.
        const level = Math.max(0, Math.min(1, 1 + Math.log10(power + 1e-12) / 6));
        shown = Math.max(level, shown - 0.04);
        meter.value = shown;
        meter.setAttribute("aria-valuetext", `${Math.round(shown * 100)} percent`);
        const now = performance.now();
        if (level > 0.05) {
            heardAt = now;
        }
        if ((now - heardAt > 5000) !== isQuiet) {
            isQuiet = !isQuiet;
            quiet(isQuiet);
        }
    }, 50);
    // Browsers start sound only after a click; a question answered counts in most, not in all.
    const wake = () => context.resume();
    document.addEventListener("pointerdown", wake, { once: true });
    context.resume().catch(() => {});
    return () => {
        clearInterval(timer);
        document.removeEventListener("pointerdown", wake);
        context.close();
        meter.value = 0;
    };
}
