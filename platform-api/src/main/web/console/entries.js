// The list of entries.

const PAGE_SIZE = 25;

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
