// Calls of the API in the session of whoever is logged in.

const SESSION = "millrace.session";
let session = JSON.parse(sessionStorage.getItem(SESSION) ?? "null");

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
