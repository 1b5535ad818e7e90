// The package as its users get it: packed, installed into an empty project, and its README run as printed, with every Node
// from 20 up that this machine has. `npm run check:pack` fetches Node 22, Express and Hono as well; the tests fetch nothing.

import assert from "node:assert/strict";
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { copyFileSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { freePort } from "../fixtures/free-port.ts";
import { bodies, secret, signedHeaders } from "./examples.ts";

const root = join(import.meta.dirname, "../..");
const network = process.env["CHECK_PACK_NETWORK"] === "true";
const run = promisify(execFile);
const project = mkdtempSync(join(tmpdir(), "belfry-pack-"));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(project, { recursive: true, force: true });
});

interface Program {
  readonly file: string;
  readonly text: string;
}
/** The printed programs of the README: those whose first line is their file name. */
const programs: readonly Program[] = [
  ...readFileSync(join(root, "receiver/README.md"), "utf8").matchAll(/```js\n(\/\/ (\w+\.mjs)\n.*?)```/gs),
].map(([, text, file]) => ({ text: text!, file: file! }));
/** Paths of Node, by version. */
const nodes = new Map<string, string>();
let packed: readonly { readonly path: string }[];

before(async () => {
  const npm = (args: readonly string[], cwd: string) =>
    run("npm", [...args, "--no-audit", "--no-fund", ...(network ? [] : ["--offline"])], { cwd });
  const { stdout } = await npm(["pack", "--json", "--silent", "--pack-destination", project], join(root, "receiver"));
  const [made] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string; files: typeof packed }];
  packed = made.files;
  await npm(["install", join(project, made.filename)], project);
  for (const { file, text } of programs) writeFileSync(join(project, file), text);
  for (const file of globSync("examples/receivers/*.ts", { cwd: root })) {
    copyFileSync(join(root, file), join(project, file.replace("examples/receivers/", "")));
  }
  if (network) {
    const name = `node-${process.platform}-${process.arch}`;
    const node22 = join(project, "node22");
    mkdirSync(node22);
    await npm(["install", "--prefix", node22, `${name}@22`], node22);
    await npm(["install", "express@5", "hono@4", "@hono/node-server@1"], project);
    process.env["PATH"] += `${delimiter}${join(node22, "node_modules", name, "bin")}`;
  }
  for (const folder of new Set((process.env["PATH"] ?? "").split(delimiter))) {
    try {
      const path = join(folder, "node");
      const version = execFileSync(path, ["--version"], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim();
      if (Number(/^v(\d+)/.exec(version)?.[1]) >= 20 && !nodes.has(version)) nodes.set(version, path);
    } catch {
      // No Node there.
    }
  }
  nodes.set(process.version, process.execPath);
  console.log(`# tried with Node ${[...nodes.keys()].join(", ")}`);
});

interface Running {
  readonly url: string;
  readonly process: ChildProcess;
  /** Resolves when the program has printed this. */
  printed(text: string): Promise<void>;
}

/** Starts a program in the project and waits until it listens. */
async function start(node: string, args: readonly string[]): Promise<Running> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = { PORT: String(port), SIGNING_SECRET: secret, API_KEY: "key-1", URL_TOKEN: "token-1" };
  const child = spawn(node, args, { cwd: project, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  children.add(child);
  let output = "";
  let news = Promise.withResolvers<void>();
  const note = (text: string): void => {
    output += text;
    news.resolve();
    news = Promise.withResolvers();
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", note);
  const ended = new Promise<never>((_, reject) => {
    child.once("exit", (code) => reject(new Error(`${args.join(" ")} ended with ${code}:\n${output}`)));
  });
  ended.catch(() => {});
  const listens = async (): Promise<void> => {
    while (
      !(await fetch(url).then(
        () => true,
        () => false,
      ))
    )
      await Promise.race([ended, turn()]);
  };
  await Promise.race([ended, listens()]);
  return {
    url,
    process: child,
    async printed(text) {
      while (!output.includes(text)) await Promise.race([ended, news.promise]);
    },
  };
}

/** A moment for the other process; until it listens there is nothing to wait for. */
const turn = () => new Promise((resolve) => void setTimeout(resolve, 20));

const send = async (url: string, body: string, headers: Record<string, string>): Promise<number> =>
  (await fetch(url, { method: "POST", body, headers })).status;
const room = bodies["ROOM_OCCUPANCY"]!;
const entry = bodies["access_log.create"]!;
const call = bodies["call.create"]!;

/** What each printed program is sent, and what it then prints. */
const trials: Readonly<Record<string, (program: Running) => Promise<void>>> = {
  "butlr.mjs": async ({ url, printed }) => {
    assert.equal(await send(url, room, signedHeaders(room)), 200);
    await printed("Cherry Falls: 4 people");
    assert.equal(await send(url, room, { "webhook-id": "event_1" }), 401);
  },
  "butterflymx.mjs": async ({ url, printed }) => {
    const renamed = entry.replace("access_log", "door_release");
    for (const body of [entry, renamed, call])
      assert.equal(await send(url, body, signedHeaders(body, body.slice(0, 40))), 200);
    await printed("2025-04-24T10:24:35Z door 22177636: John Tenant");
    await printed("a call from Main Entrance");
  },
  "vendors.mjs": async ({ url, printed }) => {
    assert.equal(await send(`${url}/butlr`, bodies["TRAFFIC"]!, { "X-API-Key": "key-1" }), 200);
    await printed("0 in, 1 out");
    assert.equal(await send(`${url}/butlr`, bodies["TRAFFIC"]!, { "X-API-Key": "key-2" }), 401);
    const flat = bodies["call.create.flat"]!;
    assert.equal(await send(`${url}/bmx?token=token-1`, flat, {}), 200);
    await printed("a call from Front Door");
    assert.equal(await send(`${url}/bmx?token=token-2`, flat, {}), 401);
  },
};

describe("the packed receiver", () => {
  test("holds its code, its types, its README and its license, and nothing else", () => {
    const sources = globSync("**/*.ts", { cwd: join(root, "receiver/src") }).map((file) => file.replace(/\.ts$/, ""));
    const built = sources.flatMap((file) => [`dist/${file}.d.ts`, `dist/${file}.js`]);
    assert.deepEqual(
      packed.map(({ path }) => path).toSorted(),
      ["LICENSE", "README.md", "package.json", ...built].toSorted(),
    );
    const code = globSync("dist/**/*.js", { cwd: join(root, "receiver") });
    const texts = code.map((file) => readFileSync(join(root, "receiver", file), "utf8"));
    const size = gzipSync(texts.join("").replaceAll(/^ *(\/\/|\/?\*).*\n/gm, "")).length;
    console.log(`# ${size} bytes of code without comments, gzip`);
    assert.ok(size < 9_750, `${size} bytes`);
  });

  test("its README runs as printed with every Node from 20 up that is here", async () => {
    assert.deepEqual(programs.map(({ file }) => file).toSorted(), Object.keys(trials).toSorted());
    for (const { file } of programs)
      assert.match(readFileSync(join(project, file), "utf8"), /from "@belfry\/receiver"/);
    for (const [version, path] of nodes) {
      for (const { file } of programs) {
        const program = await start(path, [file]);
        await trials[file]!(program).catch((error: unknown) => {
          throw new Error(`${file} with Node ${version}: ${String(error)}`, { cause: error });
        });
        program.process.kill();
      }
    }
  });

  test("its types stand on their own: strict, with no other types installed", async () => {
    writeFileSync(
      join(project, "consumer.ts"),
      `import { createLatest, createReceiver, type Seen, stateOf, verify } from "@belfry/receiver";
import { fastifyReceiver } from "@belfry/receiver/fastify";
import { fetchHandler } from "@belfry/receiver/fetch";
import { nodeHandler } from "@belfry/receiver/node";
const seen: Seen = { claim: () => "done" };
const latest = createLatest();
const receiver = createReceiver({ secret: "", seen }).on("ROOM_OCCUPANCY", (event) => {
  const people: number = event.payload.data;
  const at: number | undefined = stateOf(event)?.at;
  return [people, at, latest(event)];
});
// @ts-expect-error -- no such event
receiver.on("ROOM", () => {});
export const all = [fastifyReceiver(receiver), fetchHandler(receiver), nodeHandler(receiver), verify];
`,
    );
    for (const [module, resolution] of [
      ["nodenext", "nodenext"],
      ["esnext", "bundler"],
    ] as const) {
      const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
      const compile = [
        "--ignoreConfig",
        ...options,
        "--module",
        module,
        "--moduleResolution",
        resolution,
        "consumer.ts",
      ];
      const tsc = join(root, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [tsc, ...compile], { cwd: project }).catch((error: { stdout?: string }) => {
        assert.fail(`${module}: ${error.stdout}`);
      });
    }
  });

  test("the storing example keeps each event once and the best statement of each moment, also when it starts anew", async () => {
    writeFileSync(
      join(project, "storing.mjs"),
      `import { createServer } from "node:http";
import { nodeHandler } from "@belfry/receiver/node";
import { createStoringReceiver } from "./store-sqlite.ts";
const receiver = createStoringReceiver({ secret: process.env.SIGNING_SECRET }, "storing.sqlite");
createServer(nodeHandler(receiver)).listen(process.env.PORT);
`,
    );
    const story: readonly [id: string, people: number, revision: number][] = [
      ["e3", 7, 2],
      ["e1", 5, 0],
      ["e2", 6, 1],
      ["e3", 7, 2],
    ];
    for (const [id, people, revision] of story) {
      const program = await start(process.execPath, ["storing.mjs"]);
      const body = room.replace('"data": 4', `"data": ${people}`);
      assert.equal(
        await send(program.url, body, signedHeaders(body, id, { "belfry-revision": String(revision) })),
        200,
      );
      program.process.kill();
    }
    const { DatabaseSync } = await import("node:sqlite");
    const database = new DatabaseSync(join(project, "storing.sqlite"));
    assert.deepEqual(
      database
        .prepare("select value from state")
        .all()
        .map((row) => row["value"]),
      ["7"],
    );
    assert.deepEqual(
      database
        .prepare("select id from event")
        .all()
        .map((row) => row["id"]),
      ["e1", "e2", "e3"],
    );
    database.close();
  });

  if (network) {
    test("it works in Express and Hono as the README says", async () => {
      const handler = `const receiver = createReceiver({ secret: process.env.SIGNING_SECRET }).on("TRAFFIC", () => console.log("done"));`;
      const servers = {
        "express.mjs": `import express from "express";
import { createReceiver } from "@belfry/receiver";
import { nodeHandler } from "@belfry/receiver/node";
${handler}
const app = express();
app.post("/hook", nodeHandler(receiver));
app.post("/raw", express.raw({ type: () => true }), nodeHandler(receiver));
app.listen(process.env.PORT);
`,
        "hono.mjs": `import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createReceiver } from "@belfry/receiver";
import { fetchHandler } from "@belfry/receiver/fetch";
${handler}
const handle = fetchHandler(receiver);
const app = new Hono();
for (const path of ["/hook", "/raw"]) app.post(path, (context) => handle(context.req.raw));
serve({ fetch: app.fetch, port: Number(process.env.PORT) });
`,
      };
      const body = bodies["TRAFFIC"]!;
      for (const [file, text] of Object.entries(servers)) {
        writeFileSync(join(project, file), text);
        const program = await start(process.execPath, [file]);
        for (const path of ["/hook", "/raw"]) {
          assert.equal(await send(program.url + path, body, signedHeaders(body, path)), 200, file + path);
          assert.equal(await send(program.url + path, `${body} `, signedHeaders(body, path)), 401, file + path);
        }
        await program.printed("done");
        program.process.kill();
      }
    });
  }
});
