// What is on the air: each stream's renditions, who watches, what its broadcaster should mend.

function onAirView() {
    let shown = "";
    const failure = h("div");
    const list = h("div", { "aria-busy": "true" }, "Loading…");
    page("On the air",
        h("div", { class: "toolbar" }, heading("On the air"), h("a", { role: "button", class: "secondary", href: "#/live/new" }, "New live stream")),
        failure, list);

    every(async (signal) => {
        let streams;
        let reports;
        try {
            const pager = { objectType: "KalturaFilterPager", pageSize: 500 };
            [streams, reports] = await Promise.all([
                api("livestream", "list", { filter: { objectType: "KalturaLiveStreamEntryFilter", isLive: 1, orderBy: "+name" }, pager }, signal),
                api("livestreamreport", "list", { pager }, signal),
            ]);
        } catch (error) {
            if (error.name !== "AbortError") {
                replace(failure, problem(error));
            }
            throw error;
        }
        replace(failure);
        const byEntry = new Map(reports.objects.map((report) => [report.entryId, report]));
        const text = JSON.stringify([streams.objects.map(({ id, name }) => [id, name]), reports.objects.map((report) => ({ ...report, reportedAt: 0 }))]);
        if (text === shown) {
            return;
        }
        shown = text;
        list.removeAttribute("aria-busy");
        const focused = document.activeElement?.closest("[data-id]")?.dataset.id;
        replace(list, streams.objects.length ? streams.objects.map((entry) => stream(entry, byEntry.get(entry.id))) : nothing());
        if (focused) {
            list.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus();
        }
    });

    function nothing() {
        return h("div", { class: "empty" }, h("p", {}, "Nothing is on the air."),
            h("p", {}, "Streams appear here when an encoder or a camera begins to send."));
    }

    function stream(entry, report) {
        const renditions = report?.renditions ?? [];
        const warnings = renditions.flatMap((rendition) => (rendition.warnings ?? []).map((warning) => [rendition, warning]));
        const shares = (report?.viewersByNode ?? []).filter((share) => number(share.viewers));
        return h("article", { class: "stream", "data-id": entry.id, "aria-labelledby": `on-air-${entry.id}` },
            h("div", { class: "toolbar" },
                h("h2", { id: `on-air-${entry.id}` }, h("a", { href: `#/entry/${entry.id}` }, entry.name || entry.id)),
                h("span", { class: "status good" }, "Live now"),
                h("a", { href: playerUrl(entry), target: "_blank", rel: "noopener" }, "Watch"),
                h("a", { href: playlistUrl(entry), target: "_blank", rel: "noopener" }, "HLS playlist")),
            warnings.map(([rendition, warning]) => h("p", { class: "notice bad", role: "status", "data-warning": warning.code },
                renditions.length > 1 ? h("strong", {}, `Rendition ${rendition.rendition}: `) : null, warning.text ?? warning.code)),
            h("dl", { class: "facts" },
                h("dt", {}, "Viewers"), h("dd", {}, watching(report?.viewers),
                    shares.length > 1 ? h("ul", { "aria-label": "Viewers by node" }, shares.map((share) => h("li", {}, `${share.node}: ${watching(share.viewers)}`))) : null),
                h("dt", {}, "On the air since"), h("dd", {}, time(report?.startedAt ?? entry.currentBroadcastStartTime))),
            renditions.length ? table("What arrives", [["Rendition"], ["Picture"], ["Size", "number"], ["Frames/s", "number"], ["Key frames", "number"], ["Sound"], ["Bit rate", "number"], ["Gaps", "number"], ["From"]],
                renditions.map(renditionRow)) : h("p", {}, "No report of this stream has come yet."));
    }

    function number(viewers) {
        return Object.values(viewers ?? {}).reduce((sum, count) => sum + count, 0);
    }

    function watching(viewers) {
        const kinds = Object.entries(viewers ?? {}).filter(([, count]) => count);
        return kinds.length ? `${number(viewers)} (${kinds.map(([kind, count]) => `${count} ${VIEWER_KIND[kind] ?? kind}`).join(", ")})` : "None";
    }

    function renditionRow(rendition) {
        return h("tr", {},
            h("th", { scope: "row" }, rendition.rendition, rendition.publishing ? null : h("small", { class: "reason" }, "waiting for its publisher")),
            h("td", {}, rendition.videoCodec ?? "–"),
            h("td", { class: "number" }, rendition.width ? `${rendition.width}×${rendition.height}` : "–"),
            h("td", { class: "number" }, rendition.frameRate ? rendition.frameRate.toLocaleString(undefined, { maximumFractionDigits: 2 }) : "–"),
            h("td", { class: "number" }, rendition.keyFrameInterval ? `${rendition.keyFrameInterval.toLocaleString(undefined, { maximumFractionDigits: 1 })} s` : "–"),
            h("td", {}, rendition.audioCodec ? `${rendition.audioCodec}, ${rendition.audioSampleRate / 1000} kHz, ${rendition.audioChannels} ch.` : "–"),
            h("td", { class: "number" }, `${((rendition.videoBitrate ?? 0) + (rendition.audioBitrate ?? 0)).toLocaleString()} kbit/s`),
            h("td", { class: "number" }, String((rendition.gaps ?? 0) + (rendition.clockJumps ?? 0))),
            h("td", {}, rendition.publisherAddress ?? "–", rendition.standby ? h("small", { class: "reason" }, "a backup stands by") : null));
    }

    function playerUrl(entry) {
        return `/p/${session.partnerId}/embedPlaykitJs/uiconf_id/1?entry_id=${encodeURIComponent(entry.id)}&iframeembed=true`;
    }

    function playlistUrl(entry) {
        return `/p/${session.partnerId}/sp/${session.partnerId}00/playManifest/entryId/${encodeURIComponent(entry.id)}/format/applehttp/protocol/${location.protocol.slice(0, -1)}/a.m3u8`;
    }
}

const VIEWER_KIND = { hls: "HLS", dash: "DASH", "http-flv": "FLV", rtmp: "RTMP" };
