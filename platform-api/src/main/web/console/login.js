// Logging in.

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
