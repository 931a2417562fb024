// The way to the server: keeps what was recorded until the server says that it has it, and after a break goes on
// where that ended.
//
//     we:  hello {session, key, partner, mime, offset}      server: ready {offset} | restart | refused
//     we:  bytes                                            server: live, ack {offset}
//     we:  end {offset}                                     server: ended

const MAX_WAITING = 64 * 1024 * 1024;
const MESSAGE_BYTES = 64 * 1024;
const SOCKET_BYTES = 1024 * 1024;
const PAUSES_MS = [300, 1000, 2000, 4000, 5000];

class Uplink extends EventTarget {
    #url;
    #key;
    #partner;
    #mime = "";
    #session = "";
    #pieces = [];
    #first = 0; // offset of the first byte of #pieces
    #written = 0;
    #sent = 0;
    #acked = 0;
    #socket = null;
    #ready = false;
    #finishing = false;
    #over = false;
    #attempts = 0;
    #timer = 0;

    /** Events: "state" (detail: connecting, sending, reconnecting, done), "live", "restart", "refused" (detail: message). */
    constructor(url, key, partner) {
        super();
        this.#url = url;
        this.#key = key;
        this.#partner = partner;
        this.online = () => {
            if (!this.#socket && !this.#over && this.#session) {
                this.#connect();
            }
        };
        addEventListener("online", this.online);
    }

    get waiting() {
        return this.#written - this.#acked;
    }

    get written() {
        return this.#written;
    }

    get acknowledged() {
        return this.#acked;
    }

    get isFull() {
        return this.waiting > MAX_WAITING;
    }

    get hasRoom() {
        return this.waiting < MAX_WAITING / 2;
    }

    /** A new recorder's bytes follow. */
    begin(mime) {
        this.#session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
        this.#mime = mime;
        this.#pieces = [];
        this.#first = this.#written = this.#sent = this.#acked = 0;
        this.#finishing = false;
        this.#drop();
        this.#tell("state", "connecting");
        this.#connect();
    }

    /** @param bytes Uint8Array */
    push(bytes) {
        this.#pieces.push(bytes);
        this.#written += bytes.length;
        this.#pump();
    }

    /** No more follow; "done" comes when the server has all. */
    finish() {
        this.#finishing = true;
        this.#pump();
        if (!this.#socket) {
            this.#connect();
        }
    }

    close() {
        this.#over = true;
        this.#drop();
        removeEventListener("online", this.online);
    }

    #tell(type, detail) {
        this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    #drop() {
        clearTimeout(this.#timer);
        const socket = this.#socket;
        this.#socket = null;
        this.#ready = false;
        socket?.close();
    }

    #connect() {
        this.#drop();
        if (this.#over) {
            return;
        }
        const socket = new WebSocket(this.#url);
        socket.binaryType = "arraybuffer";
        this.#socket = socket;
        const patience = setTimeout(() => socket.close(), 10_000);
        socket.addEventListener("open", () => socket.send(JSON.stringify({
            type: "hello", session: this.#session, key: this.#key, partner: this.#partner, mime: this.#mime, offset: this.#first,
        })));
        socket.addEventListener("message", (event) => {
            clearTimeout(patience);
            if (socket === this.#socket && typeof event.data === "string") {
                this.#heard(JSON.parse(event.data));
            }
        });
        socket.addEventListener("close", () => {
            clearTimeout(patience);
            if (socket === this.#socket) {
                this.#again();
            }
        });
    }

    #again() {
        this.#socket = null;
        this.#ready = false;
        if (this.#over) {
            return;
        }
        this.#tell("state", "reconnecting");
        const pause = PAUSES_MS[Math.min(this.#attempts, PAUSES_MS.length - 1)];
        this.#attempts++;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.#connect(), pause * (0.75 + Math.random() / 2));
    }

    #heard(message) {
        switch (message.type) {
            case "ready":
                this.#attempts = 0;
                this.#sent = message.offset; // what may be forgotten, the acknowledgement behind says
                this.#ready = true;
                this.#tell("state", "sending");
                this.#pump();
                break;
            case "ack":
                this.#forget(message.offset);
                this.#pump();
                break;
            case "live":
                this.#tell("live", message);
                break;
            case "restart":
                this.#drop();
                this.#tell("restart", message);
                break;
            case "refused":
                if (message.retry) {
                    const socket = this.#socket;
                    this.#again();
                    socket?.close();
                } else {
                    this.close();
                    this.#tell("refused", message);
                }
                break;
            case "ended":
                this.#acked = this.#written;
                this.close();
                this.#tell("state", "done");
                break;
        }
    }

    /** The server has everything before `offset`. */
    #forget(offset) {
        this.#acked = Math.max(this.#acked, offset);
        while (this.#pieces.length && this.#first + this.#pieces[0].length <= offset) {
            this.#first += this.#pieces.shift().length;
        }
    }

    /** Sends as much as the connection takes. */
    #pump() {
        const socket = this.#socket;
        if (!socket || !this.#ready || socket.readyState !== WebSocket.OPEN) {
            return;
        }
        let at = this.#first;
        for (const piece of this.#pieces) {
            const end = at + piece.length;
            while (this.#sent < end) {
                if (socket.bufferedAmount > SOCKET_BYTES) {
                    clearTimeout(this.#timer);
                    this.#timer = setTimeout(() => this.#pump(), 50);
                    return;
                }
                const from = this.#sent - at;
                const part = piece.subarray(from, from + MESSAGE_BYTES);
                socket.send(part);
                this.#sent += part.length;
            }
            at = end;
        }
        if (this.#finishing && this.#sent === this.#written) {
            this.#ready = false; // nothing may follow
            socket.send(JSON.stringify({ type: "end", offset: this.#written }));
        }
    }
}
