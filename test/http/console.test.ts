// The console as files: what is served and how, and that nothing else can be reached through it.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { readBuiltFiles } from "../../src/http/console/built-files.ts";
import { createConsole } from "../../src/http/console/console.ts";
import { createHttpServer, type HttpServer } from "../../src/http/server.ts";
import { silentLog } from "../../src/log.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const place = mkdtempSync(join(tmpdir(), "belfry-console-"));
const folder = join(place, "console");
const page = "<!doctype html><title>Belfry</title>";
let server: HttpServer;

before(async () => {
  server = createHttpServer({ host: "127.0.0.1", port: 0, log: silentLog, clock: createSteeredClock() });
  server.mount(createConsole({ folder, framers: () => null }).routes);
  await server.start();
});
after(async () => {
  await server.stop();
  rmSync(place, { recursive: true, force: true });
});

interface Served {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** The path goes out as it is: `fetch` would tidy it. */
function get(path: string, headers: Record<string, string> = {}): Promise<Served> {
  return new Promise((resolve, reject) => {
    const asked = request(server.url, { path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    asked.once("error", reject).end();
  });
}

test("where it is not built, the page says how to build it, and then needs no restart", async () => {
  const missing = await get("/console/");
  assert.equal(missing.status, 503);
  assert.match(missing.body.toString(), /npm run build:console/);
  assert.match(String(missing.headers["content-security-policy"]), /default-src 'none'/);
  mkdirSync(join(folder, "assets"), { recursive: true });
  writeFileSync(join(place, "secret.js"), "secret");
  writeFileSync(join(folder, "index.html"), page);
  writeFileSync(join(folder, "icon.svg"), "<svg/>");
  writeFileSync(join(folder, "notes.txt"), "not for the web");
  writeFileSync(join(folder, "assets/index-B3x.js"), "script()".repeat(100));
  writeFileSync(join(folder, "assets/index-B3x.css"), "a{}");
  assert.equal((await get("/console/")).body.toString(), page);
});

describe("the built console", () => {
  test("is where the root leads", async () => {
    for (const path of ["/", "/console"]) {
      const { status, headers } = await get(path);
      assert.deepEqual([status, headers["location"]], [302, "/console/"], path);
    }
  });

  test("is one page at all its addresses, asked for anew each time", async () => {
    for (const path of [
      "/console/",
      "/console/deliveries/delivery_7",
      "/console/events?type=a.b",
      "/console/index.html",
    ]) {
      const { status, headers, body } = await get(path);
      assert.deepEqual([status, body.toString(), headers["cache-control"]], [200, page, "no-cache"], path);
      assert.equal(headers["content-type"], "text/html; charset=utf-8");
    }
  });

  test("allows nothing but its own files, no script in a page, and no frame around it", async () => {
    const { headers } = await get("/console/");
    const policy = String(headers["content-security-policy"]).split("; ");
    for (const rule of [
      "default-src 'none'",
      "script-src 'self'",
      "connect-src 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]) {
      assert.ok(policy.includes(rule), rule);
    }
    assert.ok(!/unsafe|https?:|\*|data:/.test(policy.join()), policy.join());
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
  });

  test("files whose name changes with their content are kept for good, and have their types", async () => {
    for (const [path, type] of [
      ["assets/index-B3x.js", "text/javascript; charset=utf-8"],
      ["assets/index-B3x.css", "text/css; charset=utf-8"],
    ] as const) {
      const { headers } = await get(`/console/${path}`);
      assert.deepEqual(
        [headers["content-type"], headers["cache-control"]],
        [type, "public, max-age=31536000, immutable"],
      );
    }
    const icon = await get("/console/icon.svg");
    assert.deepEqual([icon.headers["content-type"], icon.headers["cache-control"]], ["image/svg+xml", "no-cache"]);
  });

  test("files come zipped to who takes that", async () => {
    const path = "/console/assets/index-B3x.js";
    const [plain, zipped] = [await get(path), await get(path, { "accept-encoding": "br, gzip" })];
    assert.equal(plain.headers["content-encoding"], undefined);
    assert.equal(zipped.headers["content-encoding"], "gzip");
    assert.equal(zipped.headers["vary"], "accept-encoding");
    assert.ok(zipped.body.length < plain.body.length);
    assert.deepEqual(gunzipSync(zipped.body), plain.body);
  });

  test("an unknown file is not there, however its path is written, and no file outside is reached", async () => {
    const paths = [
      "assets/index-old.js",
      "notes.txt",
      "../secret.js",
      "assets/../../secret.js",
      "..%2fsecret.js",
      "%2e%2e/secret.js",
      "....//secret.js",
      "..%5csecret.js",
      "assets/%00.js",
      "/etc/passwd.js",
      "assets",
      "__proto__.js",
    ];
    for (const path of paths) {
      const { status, body } = await get(`/console/${path}`);
      assert.ok(!body.toString().includes("secret"), path);
      assert.ok(status === 404 || body.toString() === page, `${path} gave ${status}`);
    }
    assert.equal((await get("/console/assets/index-old.js")).status, 404);
    assert.equal((await get("/console/../secret.js")).status, 404);
  });
});

test("the console as it is built weighs at most 120 kB, zipped and in all", () => {
  const files = readBuiltFiles(join(import.meta.dirname, "../../dist/console"));
  assert.ok(files !== null, "Build it first: npm run build:console");
  const bytes = [...files.values()].reduce((sum, { zipped }) => sum + zipped.length, 0);
  console.log(`# ${[...files.keys()].length} files of ${Math.round(bytes / 1000)} kB`);
  assert.ok(bytes <= 120_000, `${bytes} bytes`);
  const html = files.get("index.html")!.bytes.toString();
  assert.doesNotMatch(
    html,
    /<script(?![^>]* src=)|<style| style=| on\w+=|https?:/,
    "nothing inline, nothing from elsewhere",
  );
});
