// Elements, and small groups of them. Everything that came from the API is shown as text, never as markup.

const app = document.getElementById("app");

/** An element; attributes that are functions are listeners, those that are null or false are left out. */
function h(name, attributes = {}, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (typeof value === "function") {
            element.addEventListener(key, value);
        } else if (value !== null && value !== undefined && value !== false) {
            element.setAttribute(key, value === true ? "" : value);
        }
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
}

function replace(element, ...children) {
    element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
}


function problem(error) {
    return h("p", { class: "notice bad", role: "alert" }, error.message ?? String(error));
}
