// What the API's values are called, and how they look.

const ALL_STATUSES = "-2,-1,0,1,2,4,5,6,7";
const LIVE_TYPE = 7;

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
