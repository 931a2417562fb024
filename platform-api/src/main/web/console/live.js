// A new live stream.

function newLiveView() {
    const name = h("input", { id: "live-name", required: true, maxlength: 255 });
    const record = h("input", { id: "live-record", type: "checkbox", role: "switch", checked: true });
    const back = h("input", { id: "live-dvr", type: "checkbox", role: "switch", checked: true });
    // What viewers go back in is the recording.
    record.addEventListener("change", () => { back.disabled = !record.checked; });
    const failure = h("div");
    const button = h("button", { type: "submit" }, "Create");
    page("New live stream", heading("New live stream"), failure, h("form", {
        class: "narrow",
        submit: async (event) => {
            event.preventDefault();
            button.disabled = true;
            try {
                const entry = await api("livestream", "add", {
                    liveStreamEntry: { objectType: "KalturaLiveStreamEntry", name: name.value, mediaType: 201, recordStatus: record.checked ? 2 : 0, dvrStatus: record.checked && back.checked ? 1 : 0 },
                    sourceType: "32",
                });
                location.hash = `#/entry/${entry.id}`;
            } catch (error) {
                replace(failure, problem(error));
            } finally {
                button.disabled = false;
            }
        },
    }, h("label", { for: "live-name" }, "Name"), name, h("label", { for: "live-record" }, record, "Record each broadcast as a new entry"), h("label", { for: "live-dvr" }, back, "Let viewers go back while it is live"), button));
    name.focus();
    stopView = () => {};
}
