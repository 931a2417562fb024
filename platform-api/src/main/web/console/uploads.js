// Uploads: they go on while other pages are looked at.

const CHUNK_BYTES = 8 * 1024 * 1024;

/** Sends one file in chunks; after an error it asks how much has arrived and goes on from there. */
class Upload {
    constructor(file) {
        this.file = file;
        this.name = h("span", { class: "name" }, file.name);
        this.bar = h("progress", { max: Math.max(1, file.size), value: 0, "aria-label": `Upload of ${file.name}` });
        this.text = h("small", { role: "status" }, "Starting…");
        this.button = h("button", { type: "button", class: "secondary outline", click: () => this.cancel() }, "Cancel");
        this.element = h("article", {}, h("header", {}, this.name, this.text, this.button), this.bar);
        this.canceled = false;
    }

    async run() {
        this.canceled = false;
        try {
            if (this.file.size === 0) {
                throw new Error("The file is empty.");
            }
            await this.send();
            this.text.textContent = "Adding the entry…";
            const name = this.file.name.replace(/\.[^.]+$/, "") || this.file.name;
            this.entryId ??= (await api("media", "add", { entry: { objectType: "KalturaMediaEntry", name, mediaType: this.file.type.startsWith("audio/") ? 5 : 1 } })).id;
            await api("media", "addContent", { entryId: this.entryId, resource: { objectType: "KalturaUploadedFileTokenResource", token: this.token } });
            this.done = true;
            replace(this.text, "Uploaded. ", h("a", { href: `#/entry/${this.entryId}` }, "Open"));
            this.setButton("Dismiss", () => uploads.remove(this));
        } catch (error) {
            if (this.canceled) {
                return;
            }
            this.text.textContent = error.message;
            this.setButton("Try again", () => {
                this.setButton("Cancel", () => this.cancel());
                this.run();
            });
        }
        uploads.changed();
    }

    setButton(text, action) {
        const button = h("button", { type: "button", class: "secondary outline", click: action }, text);
        this.button.replaceWith(button);
        this.button = button;
    }

    async send() {
        let attempts = 0;
        let offset = 0;
        if (this.token) {
            offset = await this.arrived();
        } else {
            this.token = (await api("uploadtoken", "add", { uploadToken: { objectType: "KalturaUploadToken", fileName: this.file.name, fileSize: this.file.size } })).id;
        }
        while (offset < this.file.size && !this.canceled) {
            const end = Math.min(this.file.size, offset + CHUNK_BYTES);
            try {
                await this.chunk(offset, end);
                offset = end;
                attempts = 0;
            } catch (error) {
                if (this.canceled || (error instanceof ApiError && SESSION_CODES.has(error.code)) || ++attempts > 6) {
                    throw error;
                }
                this.text.textContent = "The connection broke; going on in a moment…";
                await new Promise((resolve) => setTimeout(resolve, 1000 * attempts));
                offset = await this.arrived().catch(() => offset);
            }
        }
        if (this.canceled) {
            throw new Error("Canceled.");
        }
    }

    async arrived() {
        const token = await api("uploadtoken", "get", { uploadTokenId: this.token });
        // 2 is complete, 3 is taken by an entry.
        return token.status >= 2 ? this.file.size : Math.min(this.file.size, Number(token.uploadedFileSize ?? 0));
    }

    chunk(offset, end) {
        const form = new FormData();
        const parameters = { format: 1, ks: session.ks, uploadTokenId: this.token, resume: offset > 0 ? 1 : 0, resumeAt: offset, finalChunk: end === this.file.size ? 1 : 0 };
        for (const [name, value] of Object.entries(parameters)) {
            form.append(name, value);
        }
        form.append("fileData", this.file.slice(offset, end), this.file.name);
        return new Promise((resolve, reject) => {
            const request = (this.request = new XMLHttpRequest());
            request.open("POST", "/api_v3/service/uploadtoken/action/upload");
            request.upload.addEventListener("progress", (event) => this.progress(offset + Math.min(event.loaded, end - offset)));
            request.addEventListener("load", () => {
                try {
                    if (request.status !== 200) {
                        throw new Error(`The server answered ${request.status}.`);
                    }
                    check(JSON.parse(request.responseText));
                    this.progress(end);
                    resolve();
                } catch (error) {
                    reject(error);
                }
            });
            request.addEventListener("error", () => reject(new Error("The server cannot be reached.")));
            request.addEventListener("abort", () => reject(new Error("Canceled.")));
            request.send(form);
        });
    }

    progress(sent) {
        this.bar.value = sent;
        this.text.textContent = `${Math.floor((100 * sent) / this.file.size)} % of ${bytes(this.file.size)}`;
    }

    cancel() {
        this.canceled = true;
        this.request?.abort();
        if (this.token && session) {
            api("uploadtoken", "delete", { uploadTokenId: this.token }).catch(() => {});
        }
        uploads.remove(this);
    }
}

const uploads = {
    list: [],
    element: h("section", { class: "uploads", "aria-label": "Uploads" }),
    changed: () => {},

    async add(files) {
        for (const file of files) {
            const upload = new Upload(file);
            this.list.push(upload);
            this.element.append(upload.element);
        }
        if (this.running) {
            return;
        }
        this.running = true;
        for (let next; (next = this.list.find((upload) => !upload.started)); ) {
            next.started = true;
            await next.run();
        }
        this.running = false;
    },

    remove(upload) {
        this.list = this.list.filter((other) => other !== upload);
        upload.element.remove();
    },

    cancelAll() {
        for (const upload of [...this.list]) {
            upload.canceled = true;
            upload.request?.abort();
            this.remove(upload);
        }
    },
};

window.addEventListener("beforeunload", (event) => {
    if (uploads.list.some((upload) => !upload.done)) {
        event.preventDefault();
    }
});
