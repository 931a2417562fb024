// Which page an address is.

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
    } else if (route === "/live") {
        onAirView();
    } else {
        entriesView();
    }
}

window.addEventListener("hashchange", () => render());
render();
