// The player. Served as `embedPlaykitJs` behind a line that sets `config` (see PlayerScript.java):
// {partnerId, uiConfId, serviceUrl, assets: {hls, shaka, css}, autoembed, targetId, entryId, autoplay, format, ks}.
// It asks the API as Kaltura's own player does and plays HLS with hls.js or DASH with Shaka.
((config) => {
    "use strict";

    const POLL_MS = 4000;
    const LIVE = new Set([7, 8, 30, 31]);
    const STATUS = { ERROR_IMPORTING: -2, ERROR_CONVERTING: -1, READY: 2, DELETED: 3, BLOCKED: 6, NO_CONTENT: 7 };

    /** An error that the API answered. */
    class ApiError extends Error {
        constructor({ code, message }) {
            super(message);
            this.code = code;
        }
    }

    async function api(service, parameters) {
        const response = await fetch(`${config.serviceUrl}/service/${service}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ format: 1, apiVersion: "3.3.0", clientTag: "html5:millrace", partnerId: config.partnerId, ...parameters }),
        });
        if (!response.ok) {
            throw new Error(`The server answered ${response.status}.`);
        }
        const result = await response.json();
        if (result?.objectType === "KalturaAPIException") {
            throw new ApiError(result);
        }
        return result;
    }

    const scripts = new Map();

    function loadScript(url) {
        if (!scripts.has(url)) {
            scripts.set(url, new Promise((resolve, reject) => {
                const script = document.createElement("script");
                script.src = url;
                script.onload = resolve;
                script.onerror = () => {
                    scripts.delete(url);
                    reject(new Error("A part of the player could not be loaded."));
                };
                document.head.append(script);
            }));
        }
        return scripts.get(url);
    }

    function element(name, properties = {}, ...children) {
        const created = document.createElement(name);
        Object.assign(created, properties);
        created.append(...children);
        return created;
    }

    class Player {
        constructor(target, { autoplay = config.autoplay, format = config.format, ks = config.ks } = {}) {
            this.autoplay = autoplay;
            this.format = format;
            this.ks = ks;
            this.given = Boolean(ks);
            this.video = element("video", { controls: true, playsInline: true, preload: "metadata" });
            this.title = element("p", { className: "millrace-player-title" });
            this.headline = element("p", { className: "millrace-player-headline" });
            this.detail = element("p");
            this.progress = element("progress", { max: 100, hidden: true });
            this.progress.setAttribute("aria-label", "Processing");
            this.retry = element("button", { type: "button", textContent: "Try again", hidden: true });
            this.retry.addEventListener("click", () => this.loadMedia({ entryId: this.entryId }));
            this.panel = element("div", { className: "millrace-player-state" }, this.headline, this.detail, this.progress, this.retry);
            this.panel.setAttribute("role", "status");
            this.panel.setAttribute("aria-live", "polite");
            this.root = element("div", { className: "millrace-player" }, this.video, this.title, this.panel);
            this.root.setAttribute("role", "region");
            this.root.setAttribute("aria-label", "Video player");
            target.replaceChildren(this.root);
            this.video.addEventListener("playing", () => (this.root.dataset.state = "playing"));
            for (const event of ["pause", "ended"]) {
                this.video.addEventListener(event, () => {
                    if (this.root.dataset.state === "playing") {
                        this.root.dataset.state = "paused";
                    }
                });
            }
        }

        /** Shows a state in place of the picture; `progress` in percent, null for one that is not known. */
        show(state, headline, detail = "", { progress, retry = false } = {}) {
            this.root.dataset.state = state;
            this.panel.hidden = false;
            // An unchanged text is left alone, so that a screen reader does not repeat it at every poll.
            if (this.headline.textContent !== headline) {
                this.headline.textContent = headline;
            }
            if (this.detail.textContent !== detail) {
                this.detail.textContent = detail;
            }
            this.progress.hidden = progress === undefined;
            if (progress !== undefined) {
                if (progress === null) {
                    this.progress.removeAttribute("value");
                } else {
                    this.progress.value = progress;
                }
            }
            this.retry.hidden = !retry;
            this.video.controls = false;
        }

        async loadMedia({ entryId }) {
            this.stop();
            this.entryId = entryId;
            const load = (this.load = Symbol(entryId));
            this.show("loading", "Loading…");
            for (;;) {
                let again;
                try {
                    again = await this.attempt(load);
                } catch (error) {
                    if (this.load !== load) {
                        return this;
                    }
                    if (error instanceof ApiError) {
                        this.showApiError(error);
                    } else {
                        this.show("error", "The video cannot be loaded", String(error.message ?? error), { retry: true });
                    }
                    return this;
                }
                if (!again || this.load !== load) {
                    return this;
                }
                await new Promise((resolve) => setTimeout(resolve, POLL_MS));
                if (this.load !== load) {
                    return this;
                }
            }
        }

        showApiError({ code, message }) {
            if (code === "ENTRY_ID_NOT_FOUND" || code === "INVALID_ENTRY_ID") {
                this.show("missing", "This video does not exist", "It may have been deleted, or the address is wrong.");
            } else {
                this.show("error", "The video cannot be loaded", message, { retry: true });
            }
        }

        /** Asks for the entry and plays it if it can be played; whether to ask again in a while. */
        async attempt(load) {
            const { entry, context } = await this.ask();
            if (this.load !== load) {
                return false;
            }
            this.entry = entry;
            const live = LIVE.has(Number(entry.type));
            this.describe(entry, live);
            switch (Number(entry.status)) {
                case STATUS.READY:
                    break;
                case STATUS.ERROR_IMPORTING:
                case STATUS.ERROR_CONVERTING:
                    this.show("failed", "This video could not be processed", entry.errorDescription ?? entry.errorCode ?? "");
                    return false;
                case STATUS.DELETED:
                    this.show("missing", "This video does not exist", "It has been deleted.");
                    return false;
                case STATUS.BLOCKED:
                    this.show("blocked", "This video is not available", "It has been blocked.");
                    return false;
                case STATUS.NO_CONTENT:
                    if (!live) {
                        this.show("processing", "Nothing has been uploaded yet", "This page continues by itself.", { progress: null });
                        return true;
                    }
                    break;
                default:
                    this.show("processing", "This video is still being processed", "This page continues by itself.", { progress: entry.processingProgress ?? null });
                    return true;
            }
            if (context.objectType === "KalturaAPIException") {
                throw new ApiError(context);
            }
            const blocked = (context.actions ?? []).some((action) => Number(action.type) === 1);
            if (blocked) {
                this.show("blocked", "This video is not available", (context.messages ?? []).map((m) => m.message).join(" "));
                return false;
            }
            if (live && !(await this.isLive())) {
                this.show("offline", "The broadcast is offline", entry.offlineMessage ?? "This page continues by itself when it begins.");
                return true;
            }
            const source = this.choose(context.sources ?? []);
            if (!source) {
                if (live) {
                    this.show("offline", "The broadcast is starting", "This page continues by itself.");
                    return true;
                }
                this.show("error", "This video has nothing to play", "None of its renditions is ready.", { retry: true });
                return false;
            }
            this.video.poster = entry.thumbnailUrl ? `${entry.thumbnailUrl.replace(/\/$/, "")}/width/1280` : "";
            try {
                await this.play(source, live);
            } catch (error) {
                if (live) {
                    // The first segments are on their way, or the last ones are gone.
                    this.show("offline", "The broadcast is starting", "This page continues by itself.");
                    return true;
                }
                throw error;
            }
            return false;
        }

        async ask() {
            const requests = {};
            let number = 1;
            if (!this.given) {
                requests[number++] = { service: "session", action: "startWidgetSession", widgetId: `_${config.partnerId}` };
            }
            const ks = this.given ? this.ks : "{1:result:ks}";
            requests[number++] = {
                service: "baseEntry",
                action: "list",
                ks,
                filter: { objectType: "KalturaBaseEntryFilter", redirectFromEntryId: this.entryId },
            };
            requests[number++] = {
                service: "baseEntry",
                action: "getPlaybackContext",
                ks,
                entryId: `{${number - 2}:result:objects:0:id}`,
                contextDataParams: { objectType: "KalturaContextDataParams", flavorTags: "all" },
            };
            const results = await api("multirequest", { ks: this.given ? this.ks : "", ...requests });
            for (const result of results.slice(0, -1)) {
                if (result?.objectType === "KalturaAPIException") {
                    throw new ApiError(result);
                }
            }
            if (!this.given) {
                this.ks = results[0].ks;
            }
            const [list, context] = results.slice(-2);
            if (!list.objects?.length) {
                throw new ApiError({ code: "ENTRY_ID_NOT_FOUND", message: "" });
            }
            return { entry: list.objects[0], context };
        }

        describe(entry, live) {
            const name = entry.name ?? "";
            const badge = live ? [element("span", { className: "millrace-player-live", textContent: "LIVE" })] : [];
            this.title.replaceChildren(...badge, name);
            this.root.setAttribute("aria-label", name ? `Video player: ${name}` : "Video player");
            if (document.documentElement.classList.contains("millrace-page")) {
                document.title = name || "Video";
            }
        }

        async isLive() {
            return Boolean(await api("livestream/action/isLive", { ks: this.ks, id: this.entry.id, protocol: "applehttp" }));
        }

        choose(sources) {
            const order = this.format ? [this.format] : ["applehttp", "mpegdash", "url"];
            return order.map((format) => sources.find((source) => source.format === format)).find(Boolean);
        }

        /** Resolves when the picture may start; rejects with what to tell the viewer. */
        async play(source, live) {
            this.stop();
            let url = source.url;
            if (this.given) {
                url += `${url.includes("?") ? "&" : "?"}ks=${encodeURIComponent(this.ks)}`;
            }
            if (source.format === "mpegdash") {
                await this.playDash(url, live);
            } else if (source.format === "applehttp") {
                await this.playHls(url, live);
            } else {
                await this.playNative(url);
            }
            this.panel.hidden = true;
            this.video.controls = true;
            this.root.dataset.state = "ready";
            if (this.autoplay) {
                // No browser starts sound by itself, and no viewer wants it.
                this.video.muted = true;
                await this.video.play().catch(() => {});
            }
        }

        async playHls(url, live) {
            if (!(window.ManagedMediaSource || window.MediaSource)) {
                return this.playNative(url);
            }
            await loadScript(config.assets.hls);
            if (!window.Hls.isSupported()) {
                return this.playNative(url);
            }
            const hls = new window.Hls({ enableWorker: true, lowLatencyMode: true, backBufferLength: 60 });
            this.engine = { destroy: () => hls.destroy() };
            let recovered = false;
            return new Promise((resolve, reject) => {
                let started = false;
                hls.on(window.Hls.Events.LEVEL_LOADED, () => {
                    started = true;
                    resolve();
                });
                hls.on(window.Hls.Events.ERROR, (_, data) => {
                    if (!data.fatal) {
                        return;
                    }
                    if (data.type === window.Hls.ErrorTypes.MEDIA_ERROR && !recovered) {
                        recovered = true;
                        hls.recoverMediaError();
                        return;
                    }
                    const status = data.response?.code ? ` (HTTP ${data.response.code})` : "";
                    this.failed(started, live, reject, `${data.details}${status}`);
                });
                hls.loadSource(url);
                hls.attachMedia(this.video);
            });
        }

        async playDash(url, live) {
            await loadScript(config.assets.shaka);
            const shaka = window.shaka;
            shaka.polyfill.installAll();
            if (!shaka.Player.isBrowserSupported()) {
                throw new Error("This browser cannot play DASH.");
            }
            const player = new shaka.Player();
            this.engine = { destroy: () => player.destroy() };
            await player.attach(this.video);
            let started = false;
            player.addEventListener("error", (event) => this.failed(started, live, () => {}, `shaka ${event.detail.code}`));
            try {
                await player.load(url);
                started = true;
            } catch (error) {
                throw new Error(`The stream cannot be played: shaka ${error.code ?? error}`);
            }
        }

        playNative(url) {
            return new Promise((resolve, reject) => {
                const done = new AbortController();
                this.engine = {
                    destroy: () => {
                        done.abort();
                        this.video.removeAttribute("src");
                        this.video.load();
                    },
                };
                this.video.addEventListener("loadedmetadata", resolve, { signal: done.signal });
                this.video.addEventListener("error", () => reject(new Error(`The video cannot be played: ${this.video.error?.message ?? "unknown"}`)), { signal: done.signal });
                this.video.src = url;
            });
        }

        /** A stream that broke: before it began, while it was live, or in the middle. */
        failed(started, live, reject, reason) {
            if (!started) {
                reject(new Error(`The stream cannot be played: ${reason}`));
            } else if (live) {
                this.stop();
                this.loadMedia({ entryId: this.entryId });
            } else {
                this.stop();
                this.show("error", "The video stopped", reason, { retry: true });
            }
        }

        stop() {
            this.engine?.destroy();
            this.engine = undefined;
        }

        getVideoElement() {
            return this.video;
        }

        destroy() {
            this.load = undefined;
            this.stop();
            this.root.remove();
        }
    }

    function setup({ targetId, ...options }) {
        const target = document.getElementById(targetId);
        if (!target) {
            throw new Error(`There is no element with the id ${targetId}.`);
        }
        if (!document.querySelector(`link[href="${config.assets.css}"]`)) {
            document.head.append(element("link", { rel: "stylesheet", href: config.assets.css }));
        }
        const player = new Player(target, { ks: options.provider?.ks });
        window.millracePlayer = player;
        return player;
    }

    window.KalturaPlayer = { ...window.KalturaPlayer, setup };
    if (config.autoembed) {
        const start = () => setup({ targetId: config.targetId }).loadMedia({ entryId: config.entryId });
        if (document.readyState === "loading") {
            document.addEventListener("DOMContentLoaded", start);
        } else {
            start();
        }
    }
})(window.__millracePlayerConfig);
