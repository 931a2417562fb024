// A new live stream.

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
