// What every page has, and what keeps a page up to date.

const REFRESH_MS = 3000;
let stopView = () => {};

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
                h("li", {}, h("a", { href: "#/live" }, "On the air")),
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
