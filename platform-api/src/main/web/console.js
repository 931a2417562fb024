// The console: one page over the public API. Everything that came from the API is shown as text, never as markup.

const CHUNK_BYTES = 8 * 1024 * 1024;
const PAGE_SIZE = 25;
const REFRESH_MS = 3000;
const SESSION = "millrace.session";
const ALL_STATUSES = "-2,-1,0,1,2,4,5,6,7";
const LIVE_TYPE = 7;

const app = document.getElementById("app");
let session = JSON.parse(sessionStorage.getItem(SESSION) ?? "null");
let stopView = () => {};

// ---- Elements ----------------------------------------------------------------------------------------------------

/** An element; attributes that are functions are listeners, those that are null or false are left out. */
function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function") {
            element.addEventListener(key, value);
        } else if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(key, value === true ? "" : value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

function replace(element, ...children) {
    element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}


function problem(error) {
    return h("p", { class: "notice bad", role: "alert" }, error.message ?? String(error));
}

// ---- API ---------------------------------------------------------------------------------------------------------

class ApiError extends Error {
    constructor({ code, message }) {
        super(message);
        this.code = code;
    }
}

const SESSION_CODES = new Set(["INVALID_KS", "MISSING_KS"]);

function check(result) {
    if (result?.objectType === "KalturaAPIException") {
        const error = new ApiError(result);
        if (SESSION_CODES.has(error.code) && session) {
            logout("Your session has ended. Log in again.");
        }
        throw error;
    }
    return result;
}

async function api(service, action, parameters = {}, signal = undefined) {
    let response;
    try {
        response = await fetch(`/api_v3/service/${service}/action/${action}`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ format: 1, clientTag: "millrace-console", ks: session?.ks, ...parameters }),
            signal,
        });
    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }
        throw new Error("The server cannot be reached.");
    }
    if (!response.ok) {
        throw new Error(`The server answered ${response.status}.`);
    }
    return check(await response.json());
}

// ---- Words -------------------------------------------------------------------------------------------------------

const STATUS = new Map([
    [-2, ["Import failed", "bad"]],
    [-1, ["Failed", "bad"]],
    [0, ["Waiting", "busy"]],
    [1, ["Processing", "busy"]],
    [2, ["Ready", "good"]],
    [4, ["Pending", "busy"]],
    [5, ["In moderation", "busy"]],
    [6, ["Blocked", "bad"]],
    [7, ["No content", "busy"]],
]);
const FLAVOR_STATUS = new Map([
    [-1, ["Failed", "bad"]],
    [0, ["Waiting", "busy"]],
    [1, ["Converting", "busy"]],
    [2, ["Ready", "good"]],
    [3, ["Deleted", "bad"]],
    [4, ["Not needed", ""]],
    [7, ["Importing", "busy"]],
    [8, ["Checking", "busy"]],
]);
const JOB_CLASS = { FINISHED: "good", FAILED: "bad", ABORTED: "bad" };

function isLive(entry) {
    return Number(entry.type) === LIVE_TYPE;
}

function isBusy(entry) {
    return !isLive(entry) && [0, 1, 4].includes(Number(entry.status));
}

function kind(entry) {
    return isLive(entry) ? "Live" : ({ 1: "Video", 2: "Image", 5: "Audio" })[entry.mediaType] ?? "Video";
}

function duration(seconds) {
    if (!seconds) {
        return "–";
    }
    const s = String(seconds % 60).padStart(2, "0");
    const m = Math.floor(seconds / 60) % 60;
    const hours = Math.floor(seconds / 3600);
    return hours ? `${hours}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

function bytes(count) {
    if (!count) {
        return "–";
    }
    const units = ["B", "kB", "MB", "GB", "TB"];
    const power = Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
    return `${(count / 1000 ** power).toLocaleString(undefined, { maximumFractionDigits: power > 1 ? 1 : 0 })} ${units[power]}`;
}

function time(seconds) {
    if (!seconds) {
        return "–";
    }
    const date = new Date(seconds * 1000);
    return h("time", { datetime: date.toISOString() }, date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }));
}

function statusCell(entry) {
    const [text, tone] = isLive(entry) ? (entry.liveStatus ? ["Live now", "good"] : ["Offline", ""]) : STATUS.get(Number(entry.status)) ?? [`Status ${entry.status}`, ""];
    const parts = [h("span", { class: `status ${tone}` }, text)];
    if (isBusy(entry) && entry.processingProgress !== undefined) {
        parts.push(h("progress", { max: 100, value: entry.processingProgress, "aria-label": "Processing" }));
    }
    if (Number(entry.status) < 0) {
        parts.push(h("small", { class: "reason" }, entry.errorDescription ?? entry.errorCode ?? ""));
    }
    return parts;
}

function copyRow(label, value) {
    const button = h("button", { type: "button", class: "secondary outline", click: async () => {
        await navigator.clipboard.writeText(value);
        button.textContent = "Copied";
        setTimeout(() => (button.textContent = "Copy"), 1500);
    } }, "Copy");
    button.setAttribute("aria-label", `Copy ${label}`);
    return [h("dt", {}, label), h("dd", {}, h("div", { class: "row" }, h("code", { class: "grow" }, value), button))];
}

function table(caption, heads, rows) {
    return h("div", { class: "table" }, h("table", {},
        h("caption", {}, caption),
        h("thead", {}, h("tr", {}, heads.map(([text, cls]) => h("th", { scope: "col", class: cls ?? null }, text)))),
        h("tbody", {}, rows)));
}

// ---- Frame -------------------------------------------------------------------------------------------------------

function logout(message) {
    if (session && !message) {
        api("session", "end").catch(() => {});
    }
    session = null;
    sessionStorage.removeItem(SESSION);
    uploads.cancelAll();
    render(message);
}

function page(title, ...content) {
    document.title = `${title} – Millrace console`;
    const main = h("main", { class: "container" }, content);
    replace(app,
        h("header", { class: "bar" }, h("nav", { class: "container", "aria-label": "Main" },
            h("ul", {}, h("li", {}, h("strong", {}, h("a", { href: "#/", class: "contrast" }, "Millrace")))),
            h("ul", {},
                h("li", {}, h("a", { href: "#/" }, "Entries")),
                h("li", {}, h("a", { href: "#/live/new" }, "New live stream")),
                h("li", {}, h("button", { type: "button", class: "secondary outline", click: () => logout() }, "Log out"))))),
        main);
    main.querySelector("h1")?.focus();
    return main;
}

function heading(text) {
    return h("h1", { tabindex: "-1" }, text);
}

/** Calls `refresh` now and then every few seconds while the page can be seen, until the view is left. */
function every(refresh) {
    let timer;
    const aborter = new AbortController();
    const run = async () => {
        if (!document.hidden) {
            try {
                await refresh(aborter.signal);
            } catch (error) {
                if (error.name !== "AbortError") {
                    console.warn(error);
                }
            }
        }
        if (!aborter.signal.aborted) {
            timer = setTimeout(run, REFRESH_MS);
        }
    };
    stopView = () => {
        clearTimeout(timer);
        aborter.abort();
    };
    run();
    return () => {
        clearTimeout(timer);
        run();
    };
}

// ---- Login -------------------------------------------------------------------------------------------------------

function loginView(message) {
    document.title = "Log in – Millrace console";
    const failure = h("div", {}, message ? h("p", { class: "notice", role: "status" }, message) : null);
    const login = h("input", { id: "login", name: "login", autocomplete: "username", required: true, value: "admin@millrace.local" });
    const password = h("input", { id: "password", name: "password", type: "password", autocomplete: "current-password", required: true });
    const button = h("button", { type: "submit" }, "Log in");
    const form = h("form", {
        submit: async (event) => {
            event.preventDefault();
            button.setAttribute("aria-busy", "true");
            button.disabled = true;
            try {
                const ks = await api("user", "loginByLoginId", { loginId: login.value, password: password.value, ks: undefined });
                const info = await api("session", "get", { ks });
                session = { ks, partnerId: info.partnerId };
                sessionStorage.setItem(SESSION, JSON.stringify(session));
                render();
            } catch (error) {
                replace(failure, problem(error));
                password.value = "";
                password.focus();
            } finally {
                button.removeAttribute("aria-busy");
                button.disabled = false;
            }
        },
    }, h("label", { for: "login" }, "Login"), login, h("label", { for: "password" }, "Password"), password, button);
    replace(app, h("main", { class: "container login" }, heading("Millrace console"), failure, form,
        h("p", {}, h("small", {}, "The password was printed when the server started for the first time."))));
    password.focus();
}

// ---- Uploads -----------------------------------------------------------------------------------------------------

/** Sends one file in chunks; after an error it asks how much has arrived and goes on from there. */
class Upload {
    constructor(file) {
        this.file = file;
        this.name = h("span", { class: "name" }, file.name);
        this.bar = h("progress", { max: Math.max(1, file.size), value: 0, "aria-label": `Upload of ${file.name}` });
        this.text = h("small", { role: "status" }, "Starting…");
        this.button = h("button", { type: "button", class: "secondary outline", click: () => this.cancel() }, "Cancel");
        this.element = h("article", {}, h("header", {}, this.name, this.text, this.button), this.bar);
        this.canceled = false;
    }

    async run() {
        this.canceled = false;
        try {
            if (this.file.size === 0) {
                throw new Error("The file is empty.");
            }
            await this.send();
            this.text.textContent = "Adding the entry…";
            const name = this.file.name.replace(/\.[^.]+$/, "") || this.file.name;
            this.entryId ??= (await api("media", "add", { entry: { objectType: "KalturaMediaEntry", name, mediaType: this.file.type.startsWith("audio/") ? 5 : 1 } })).id;
            await api("media", "addContent", { entryId: this.entryId, resource: { objectType: "KalturaUploadedFileTokenResource", token: this.token } });
            this.done = true;
            replace(this.text, "Uploaded. ", h("a", { href: `#/entry/${this.entryId}` }, "Open"));
            this.setButton("Dismiss", () => uploads.remove(this));
        } catch (error) {
            if (this.canceled) {
                return;
            }
            this.text.textContent = error.message;
            this.setButton("Try again", () => {
                this.setButton("Cancel", () => this.cancel());
                this.run();
            });
        }
        uploads.changed();
    }

    setButton(text, action) {
        const button = h("button", { type: "button", class: "secondary outline", click: action }, text);
        this.button.replaceWith(button);
        this.button = button;
    }

    async send() {
        let attempts = 0;
        let offset = 0;
        if (this.token) {
            offset = await this.arrived();
        } else {
            this.token = (await api("uploadtoken", "add", { uploadToken: { objectType: "KalturaUploadToken", fileName: this.file.name, fileSize: this.file.size } })).id;
        }
        while (offset < this.file.size && !this.canceled) {
            const end = Math.min(this.file.size, offset + CHUNK_BYTES);
            try {
                await this.chunk(offset, end);
                offset = end;
                attempts = 0;
            } catch (error) {
                if (this.canceled || (error instanceof ApiError && SESSION_CODES.has(error.code)) || ++attempts > 6) {
                    throw error;
                }
                this.text.textContent = "The connection broke; going on in a moment…";
                await new Promise((resolve) => setTimeout(resolve, 1000 * attempts));
                offset = await this.arrived().catch(() => offset);
            }
        }
        if (this.canceled) {
            throw new Error("Canceled.");
        }
    }

    async arrived() {
        const token = await api("uploadtoken", "get", { uploadTokenId: this.token });
        // 2 is complete, 3 is taken by an entry.
        return token.status >= 2 ? this.file.size : Math.min(this.file.size, Number(token.uploadedFileSize ?? 0));
    }

    chunk(offset, end) {
        const form = new FormData();
        const parameters = { format: 1, ks: session.ks, uploadTokenId: this.token, resume: offset > 0 ? 1 : 0, resumeAt: offset, finalChunk: end === this.file.size ? 1 : 0 };
        for (const [name, value] of Object.entries(parameters)) {
            form.append(name, value);
        }
        form.append("fileData", this.file.slice(offset, end), this.file.name);
        return new Promise((resolve, reject) => {
            const request = (this.request = new XMLHttpRequest());
            request.open("POST", "/api_v3/service/uploadtoken/action/upload");
            request.upload.addEventListener("progress", (event) => this.progress(offset + Math.min(event.loaded, end - offset)));
            request.addEventListener("load", () => {
                try {
                    if (request.status !== 200) {
                        throw new Error(`The server answered ${request.status}.`);
                    }
                    check(JSON.parse(request.responseText));
                    this.progress(end);
                    resolve();
                } catch (error) {
                    reject(error);
                }
            });
            request.addEventListener("error", () => reject(new Error("The server cannot be reached.")));
            request.addEventListener("abort", () => reject(new Error("Canceled.")));
            request.send(form);
        });
    }

    progress(sent) {
        this.bar.value = sent;
        this.text.textContent = `${Math.floor((100 * sent) / this.file.size)} % of ${bytes(this.file.size)}`;
    }

    cancel() {
        this.canceled = true;
        this.request?.abort();
        if (this.token && session) {
            api("uploadtoken", "delete", { uploadTokenId: this.token }).catch(() => {});
        }
        uploads.remove(this);
    }
}

const uploads = {
    list: [],
    element: h("section", { class: "uploads", "aria-label": "Uploads" }),
    changed: () => {},

    async add(files) {
        for (const file of files) {
            const upload = new Upload(file);
            this.list.push(upload);
            this.element.append(upload.element);
        }
        if (this.running) {
            return;
        }
        this.running = true;
        for (let next; (next = this.list.find((upload) => !upload.started)); ) {
            next.started = true;
            await next.run();
        }
        this.running = false;
    },

    remove(upload) {
        this.list = this.list.filter((other) => other !== upload);
        upload.element.remove();
    },

    cancelAll() {
        for (const upload of [...this.list]) {
            upload.canceled = true;
            upload.request?.abort();
            this.remove(upload);
        }
    },
};

window.addEventListener("beforeunload", (event) => {
    if (uploads.list.some((upload) => !upload.done)) {
        event.preventDefault();
    }
});

// ---- Entries -----------------------------------------------------------------------------------------------------

function entriesView() {
    let pageIndex = 1;
    let shown = "";
    const picker = h("input", { type: "file", multiple: true, hidden: true, accept: "video/*,audio/*,.mkv,.mxf,.ts,.flv", change: () => {
        uploads.add([...picker.files]);
        picker.value = "";
    } });
    const search = h("input", { type: "search", placeholder: "Search", "aria-label": "Search entries", input: () => {
        pageIndex = 1;
        clearTimeout(search.timer);
        search.timer = setTimeout(() => refresh(), 300);
    } });
    const failure = h("div");
    const list = h("div", { "aria-busy": "true" }, "Loading…");
    const main = page("Entries",
        h("div", { class: "toolbar" }, heading("Entries"), search,
            h("button", { type: "button", click: () => picker.click() }, "Upload"),
            h("a", { role: "button", class: "secondary", href: "#/live/new" }, "New live stream"), picker),
        uploads.element, failure, list);
    for (const event of ["dragenter", "dragover"]) {
        main.addEventListener(event, (e) => {
            e.preventDefault();
            main.classList.add("drop");
        });
    }
    main.addEventListener("dragleave", () => main.classList.remove("drop"));
    main.addEventListener("drop", (e) => {
        e.preventDefault();
        main.classList.remove("drop");
        uploads.add([...e.dataTransfer.files]);
    });

    const refresh = every(async (signal) => {
        const filter = { objectType: "KalturaMediaEntryFilter", statusIn: ALL_STATUSES, orderBy: "-createdAt" };
        if (search.value.trim()) {
            filter.freeText = search.value.trim();
        }
        let result;
        try {
            result = await api("media", "list", { filter, pager: { objectType: "KalturaFilterPager", pageSize: PAGE_SIZE, pageIndex } }, signal);
        } catch (error) {
            if (error.name !== "AbortError") {
                replace(failure, problem(error));
            }
            throw error;
        }
        replace(failure);
        const text = JSON.stringify([pageIndex, search.value.trim(), result]);
        if (text === shown) {
            return;
        }
        shown = text;
        list.removeAttribute("aria-busy");
        const focused = document.activeElement?.closest("[data-id]")?.dataset.id;
        replace(list, rows(result, search.value.trim()));
        if (focused) {
            list.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus();
        }
    });
    uploads.changed = () => refresh();

    function rows({ objects, totalCount }, searched) {
        if (!objects.length && pageIndex === 1) {
            return h("div", { class: "empty" },
                h("p", {}, searched ? "Nothing matches." : "There is nothing here yet."),
                searched ? null : h("p", {}, "Upload a video, or drop one here."));
        }
        const pages = Math.max(1, Math.ceil(totalCount / PAGE_SIZE));
        const turn = (by) => () => {
            pageIndex += by;
            refresh();
        };
        return [
            table(`${totalCount} ${totalCount === 1 ? "entry" : "entries"}`,
                [["Picture"], ["Name"], ["Kind"], ["Status"], ["Length", "number"], ["Added"]],
                objects.map((entry) => h("tr", { "data-id": entry.id },
                    h("td", {}, Number(entry.status) === 2 && entry.thumbnailUrl && !isLive(entry)
                        ? h("img", { class: "thumb", src: `${entry.thumbnailUrl}/width/224`, alt: "", loading: "lazy" })
                        : h("div", { class: "thumb" })),
                    h("th", { scope: "row" }, h("a", { href: `#/entry/${entry.id}` }, entry.name || entry.id)),
                    h("td", {}, kind(entry)),
                    h("td", {}, statusCell(entry)),
                    h("td", { class: "number" }, duration(entry.duration)),
                    h("td", {}, time(entry.createdAt))))),
            pages > 1 ? h("div", { class: "pages" },
                h("button", { type: "button", class: "secondary", disabled: pageIndex <= 1, click: turn(-1) }, "Previous"),
                h("span", {}, `Page ${pageIndex} of ${pages}`),
                h("button", { type: "button", class: "secondary", disabled: pageIndex >= pages, click: turn(1) }, "Next")) : null,
        ];
    }
}

// ---- One entry ---------------------------------------------------------------------------------------------------

function entryView(id) {
    const title = heading("Entry");
    const failure = h("div");
    const status = h("div");
    const facts = h("div");
    const details = h("div");
    const frame = h("iframe", { class: "player", title: "Player", allow: "autoplay; fullscreen",
        src: `/p/${session.partnerId}/embedPlaykitJs/uiconf_id/1?entry_id=${encodeURIComponent(id)}&iframeembed=true` });
    page("Entry",
        h("div", { class: "toolbar" }, title,
            h("button", { type: "button", class: "secondary outline", click: () => edit() }, "Edit"),
            h("button", { type: "button", class: "secondary outline", click: () => remove() }, "Delete")),
        failure, status, h("div", { class: "split" }, h("section", { "aria-label": "Player" }, frame), h("section", { "aria-label": "Facts" }, facts)), details);
    let entry;
    let shown = "";

    const refresh = every(async (signal) => {
        let flavors;
        let jobs;
        let recordings = { objects: [] };
        try {
            entry = await api("baseentry", "get", { entryId: id }, signal);
            const own = (service, type) => api(service, "list", { filter: { objectType: type, entryIdEqual: id }, pager: { objectType: "KalturaFilterPager", pageSize: 100 } }, signal);
            if (isLive(entry)) {
                entry = await api("livestream", "get", { entryId: id }, signal);
                entry.now = await api("livestream", "isLive", { id, protocol: "applehttp" }, signal).catch(() => false);
                recordings = await api("media", "list", { filter: { objectType: "KalturaMediaEntryFilter", rootEntryIdEqual: id, statusIn: ALL_STATUSES, orderBy: "-createdAt" } }, signal);
            }
            [flavors, jobs] = await Promise.all([own("flavorasset", "KalturaAssetFilter"), own("job", "KalturaWorkFilter")]);
        } catch (error) {
            if (error.name !== "AbortError") {
                replace(failure, problem(error));
            }
            throw error;
        }
        replace(failure);
        const text = JSON.stringify([entry, flavors, jobs, recordings]);
        if (text === shown) {
            return;
        }
        shown = text;
        title.textContent = entry.name || entry.id;
        document.title = `${title.textContent} – Millrace console`;
        replace(status, notice());
        replace(facts, isLive(entry) ? liveFacts() : [], factList());
        replace(details, isLive(entry) ? recordingTable(recordings.objects) : flavorTable(flavors.objects), jobTable(jobs.objects));
    });

    function notice() {
        if (Number(entry.status) < 0) {
            return h("p", { class: "notice bad", role: "status" }, h("strong", {}, "This video could not be processed. "), entry.errorDescription ?? entry.errorCode ?? "");
        }
        if (isBusy(entry)) {
            return h("div", { class: "notice", role: "status" }, "Processing…", h("progress", { max: 100, value: entry.processingProgress ?? null, "aria-label": "Processing" }));
        }
        return null;
    }

    function liveFacts() {
        const key = entry.streamName;
        return [
            h("h2", {}, "Publish"),
            h("p", {}, h("span", { class: `status ${entry.now ? "good" : ""}` }, entry.now ? "Live now" : "Offline")),
            h("dl", { class: "facts" },
                entry.primaryBroadcastingUrl ? copyRow("Server", entry.primaryBroadcastingUrl) : null,
                key ? copyRow("Stream key", key) : null),
            h("p", {}, h("small", {}, "Put both into the encoder (OBS: Settings, Stream, Custom). Whoever has them can broadcast here.")),
        ];
    }

    function factList() {
        const embed = `<iframe src="${location.origin}/p/${session.partnerId}/embedPlaykitJs/uiconf_id/1?entry_id=${entry.id}&iframeembed=true" width="640" height="360" allow="autoplay; fullscreen" allowfullscreen></iframe>`;
        return [
            h("h2", {}, "Facts"),
            h("dl", { class: "facts" },
                h("dt", {}, "Id"), h("dd", {}, h("code", {}, entry.id)),
                h("dt", {}, "Status"), h("dd", {}, isLive(entry) ? (entry.now ? "Live now" : "Offline") : statusCell(entry)),
                isLive(entry) ? null : [h("dt", {}, "Length"), h("dd", {}, duration(entry.duration))],
                h("dt", {}, "Added"), h("dd", {}, time(entry.createdAt)),
                entry.description ? [h("dt", {}, "Description"), h("dd", {}, entry.description)] : null,
                entry.tags ? [h("dt", {}, "Tags"), h("dd", {}, entry.tags)] : null,
                entry.rootEntryId && entry.rootEntryId !== entry.id ? [h("dt", {}, "Recorded from"), h("dd", {}, h("a", { href: `#/entry/${entry.rootEntryId}` }, entry.rootEntryId))] : null,
                copyRow("Embed", embed)),
        ];
    }

    function flavorTable(flavors) {
        if (!flavors.length) {
            return null;
        }
        return [h("h2", {}, "Renditions"), table("Files of this entry",
            [["Rendition"], ["Size", "number"], ["Bit rate", "number"], ["File", "number"], ["Codec"], ["Status"]],
            flavors.map((flavor) => {
                const [text, tone] = FLAVOR_STATUS.get(flavor.status) ?? [`Status ${flavor.status}`, ""];
                return h("tr", {},
                    h("th", { scope: "row" }, flavor.isOriginal ? "Source" : flavor.label || (flavor.height ? `${flavor.height}p` : flavor.id)),
                    h("td", { class: "number" }, flavor.width ? `${flavor.width}×${flavor.height}` : "–"),
                    h("td", { class: "number" }, flavor.bitrate ? `${flavor.bitrate} kbit/s` : "–"),
                    h("td", { class: "number" }, bytes(flavor.sizeInBytes ?? (flavor.size ?? 0) * 1024)),
                    h("td", {}, flavor.videoCodecId ?? "–"),
                    h("td", {}, h("span", { class: `status ${tone}` }, text),
                        flavor.status === 1 && flavor.conversionProgress !== undefined ? h("progress", { max: 100, value: flavor.conversionProgress, "aria-label": "Converting" }) : null,
                        flavor.status === -1 && flavor.description ? h("small", { class: "reason" }, flavor.description) : null));
            }))];
    }

    function recordingTable(recordings) {
        if (!recordings.length) {
            return null;
        }
        return [h("h2", {}, "Recordings"), table("What was recorded from this stream", [["Name"], ["Status"], ["Length", "number"], ["Added"]],
            recordings.map((recording) => h("tr", {},
                h("th", { scope: "row" }, h("a", { href: `#/entry/${recording.id}` }, recording.name || recording.id)),
                h("td", {}, statusCell(recording)),
                h("td", { class: "number" }, duration(recording.duration)),
                h("td", {}, time(recording.createdAt)))))];
    }

    function jobTable(jobs) {
        if (!jobs.length) {
            return null;
        }
        return [h("h2", {}, "Jobs"), table("Work on this entry", [["Job", "number"], ["Kind"], ["State"], ["Attempts", "number"], ["Worker"], ["Begun"]],
            jobs.map((job) => h("tr", {},
                h("td", { class: "number" }, String(job.id)),
                h("td", {}, job.kind),
                h("td", {}, h("span", { class: `status ${JOB_CLASS[job.state] ?? "busy"}` }, (job.state ?? "").toLowerCase()),
                    job.state === "RUNNING" ? h("progress", { max: 100, value: job.progress ?? null, "aria-label": "Progress" }) : null,
                    job.errorMessage ? h("small", { class: "reason" }, job.errorMessage) : null,
                    job.state === "FAILED" ? h("button", { type: "button", class: "secondary outline", click: async () => {
                        try {
                            await api("job", "retry", { jobId: job.id });
                            refresh();
                        } catch (error) {
                            replace(failure, problem(error));
                        }
                    } }, "Run again") : null),
                h("td", { class: "number" }, String(job.attempts ?? 0)),
                h("td", {}, job.worker ?? "–"),
                h("td", {}, time(job.startedAt)))))];
    }

    function edit() {
        if (!entry) {
            return;
        }
        const name = h("input", { id: "edit-name", required: true, maxlength: 255, value: entry.name ?? "" });
        const description = h("textarea", { id: "edit-description", rows: 4 }, entry.description ?? "");
        const tags = h("input", { id: "edit-tags", value: entry.tags ?? "" });
        const wrong = h("div");
        const form = dialog("Edit", [h("label", { for: "edit-name" }, "Name"), name, h("label", { for: "edit-description" }, "Description"), description, h("label", { for: "edit-tags" }, "Tags, separated by commas"), tags, wrong], "Save", async () => {
            const change = { objectType: isLive(entry) ? "KalturaLiveStreamEntry" : "KalturaMediaEntry", name: name.value, description: description.value, tags: tags.value };
            if (isLive(entry)) {
                await api("livestream", "update", { entryId: id, liveStreamEntry: change });
            } else {
                await api("media", "update", { entryId: id, mediaEntry: change });
            }
            refresh();
        }, wrong);
        form.showModal();
    }

    function remove() {
        const wrong = h("div");
        dialog("Delete this entry?", [h("p", {}, "Its files are deleted, too. This cannot be undone."), wrong], "Delete", async () => {
            await api(entry && isLive(entry) ? "livestream" : "media", "delete", { entryId: id });
            location.hash = "#/";
        }, wrong).showModal();
    }
}

/** A modal form: `action` runs on submit, and what it throws is shown in `wrong`. */
function dialog(title, content, verb, action, wrong) {
    const submit = h("button", { type: "submit" }, verb);
    const form = h("form", { submit: async (event) => {
        event.preventDefault();
        submit.disabled = true;
        try {
            await action();
            modal.close();
        } catch (error) {
            replace(wrong, problem(error));
        } finally {
            submit.disabled = false;
        }
    } }, h("h2", { id: "dialog-title" }, title), content, h("footer", {}, h("button", { type: "button", class: "secondary", click: () => modal.close() }, "Cancel"), " ", submit));
    const modal = h("dialog", { "aria-labelledby": "dialog-title", close: () => modal.remove() }, h("article", {}, form));
    app.append(modal);
    return modal;
}

// ---- New live stream ---------------------------------------------------------------------------------------------

function newLiveView() {
    const name = h("input", { id: "live-name", required: true, maxlength: 255 });
    const record = h("input", { id: "live-record", type: "checkbox", role: "switch", checked: true });
    const failure = h("div");
    const button = h("button", { type: "submit" }, "Create");
    page("New live stream", heading("New live stream"), failure, h("form", {
        class: "narrow",
        submit: async (event) => {
            event.preventDefault();
            button.disabled = true;
            try {
                const entry = await api("livestream", "add", {
                    liveStreamEntry: { objectType: "KalturaLiveStreamEntry", name: name.value, mediaType: 201, recordStatus: record.checked ? 2 : 0 },
                    sourceType: "32",
                });
                location.hash = `#/entry/${entry.id}`;
            } catch (error) {
                replace(failure, problem(error));
            } finally {
                button.disabled = false;
            }
        },
    }, h("label", { for: "live-name" }, "Name"), name, h("label", { for: "live-record" }, record, "Record each broadcast as a new entry"), button));
    name.focus();
    stopView = () => {};
}

// ---- Routes ------------------------------------------------------------------------------------------------------

function render(message) {
    stopView();
    stopView = () => {};
    uploads.changed = () => {};
    if (!session) {
        loginView(message);
        return;
    }
    const route = location.hash.slice(1) || "/";
    const entry = /^\/entry\/(\w+)$/.exec(route);
    if (entry) {
        entryView(entry[1]);
    } else if (route === "/live/new") {
        newLiveView();
    } else {
        entriesView();
    }
}

window.addEventListener("hashchange", () => render());
render();
