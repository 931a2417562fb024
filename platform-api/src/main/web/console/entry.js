// One entry: player, facts, renditions, recordings, jobs.

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
            entry.primaryBroadcastingUrl ? h("p", {}, h("a", { role: "button", href: webcamUrl(entry) }, "Record with your camera")) : null,
        ];
    }

    /** The page that records in the browser. The key stays behind the #: no server is sent it in an address. */
    function webcamUrl({ id, primaryBroadcastingUrl }) {
        const given = new URLSearchParams(primaryBroadcastingUrl.split("?", 2)[1]);
        return `/webcam/#${new URLSearchParams({ name: `${id}_1`, key: given.get("t") ?? "", p: given.get("p") ?? "", entry: id })}`;
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
