// Puts what the pages need into FOLDER/out, named by content so that browsers may keep it for ever, and writes
// the table from plain names to those: assets.properties. Files that did not change are not touched.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";

const [source, folder] = process.argv.slice(2);
const modules = join(folder, "node_modules");
const out = join(folder, "out");

const files = {
    "hls.js": join(modules, "hls.js/dist/hls.min.js"),
    "shaka.js": join(modules, "shaka-player/dist/shaka-player.dash.js"),
    "pico.css": join(modules, "@picocss/pico/css/pico.min.css"),
    "player.js": join(source, "player.js"),
    "player.css": join(source, "player.css"),
    "console.css": join(source, "console.css"),
    "webcam.css": join(source, "webcam.css"),
};

const licences = ["hls.js", "shaka-player", "@picocss/pico"].map((name) => {
    const { version, license } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
    const file = readdirSync(join(modules, name)).find((f) => /^licen[sc]e/i.test(f));
    return `${name} ${version} (${license})\n\n${readFileSync(join(modules, name, file), "utf8").trim()}\n`;
});

const contents = Object.entries(files).map(([name, file]) => [
    name,
    // The source maps are not shipped.
    readFileSync(file, "utf8").replace(/\n?\/\/[#@] sourceMappingURL=\S*\s*$/, "\n"),
]);
// A page's parts are one script: in this order, in one scope.
const scripts = {
    "console.js": ["elements", "api", "words", "frame", "login", "uploads", "entries", "entry", "live", "onair", "routes"].map((part) => `console/${part}.js`),
    "webcam.js": ["console/elements.js", ...["devices", "level", "uplink", "recorder", "page"].map((part) => `webcam/${part}.js`)],
};
for (const [name, parts] of Object.entries(scripts)) {
    contents.push([name, parts.map((part) => readFileSync(join(source, part), "utf8")).join("\n")]);
}
contents.push(["licences.txt", licences.join("\n" + "-".repeat(80) + "\n\n")]);

mkdirSync(out, { recursive: true });
const table = [];
const kept = new Set(["assets.properties"]);
for (const [name, content] of contents) {
    const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
    const extension = extname(name);
    const hashed = `${name.slice(0, -extension.length)}-${hash}${extension}`;
    table.push(`${name}=${hashed}`);
    kept.add(hashed);
    if (!existsSync(join(out, hashed))) {
        writeFileSync(join(out, hashed), content);
    }
}
const properties = table.join("\n") + "\n";
const tableFile = join(out, "assets.properties");
if (!existsSync(tableFile) || readFileSync(tableFile, "utf8") !== properties) {
    writeFileSync(tableFile, properties);
}
for (const file of readdirSync(out)) {
    if (!kept.has(file)) {
        rmSync(join(out, file));
    }
}
