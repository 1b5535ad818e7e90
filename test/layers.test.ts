// Reads every import and holds the house to its plan: arrows point to the nouns, a folder sees another folder's port and
// never its insides, each third-party library lives in one folder [ARCHITECTURE.md].

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

/** Files at the top of src that every folder may import. */
const ground = [
  "clock.ts",
  "compact-heap.ts",
  "errors.ts",
  "log.ts",
  "own-text.ts",
  "private-file.ts",
  "service.ts",
  "v8-flags.ts",
  "version.ts",
];

/** What a folder shows to others. Everything else in it is its own business. */
const ports: Record<string, readonly string[]> = {
  model: ["*"],
  building: ["*"],
  store: ["ledger.ts", "registry.ts", "history.ts", "store.ts", "change.ts"],
  sensing: ["fold.ts"],
  dialects: ["dialect.ts"],
  ingest: ["acceptor.ts", "observation.ts"],
  delivery: ["judge.ts", "intake.ts", "request.ts"],
  http: ["scope.ts"],
};

/** Which folders' ports a folder may import. `receiver` is the second package. */
const sees: Record<string, readonly string[]> = {
  model: [],
  building: ["model"],
  sensing: ["model", "building"],
  store: ["model"],
  dialects: ["model", "building", "store", "delivery", "http"],
  ingest: ["model", "building", "store", "sensing", "dialects", "delivery", "http"],
  delivery: ["model", "store", "receiver"],
  http: ["model", "building", "store", "ingest", "dialects"],
  simulator: ["model", "building"],
  cli: ["model", "building", "simulator", "receiver"],
};

/** Where each library may be imported. */
const libraries: Record<string, readonly string[]> = {
  fastify: ["http"],
  zod: ["http", "config.ts"],
  "prom-client": ["http"],
  mercurius: ["dialects/butlr"],
  graphql: ["dialects/butlr"],
  "ipaddr.js": ["delivery"],
  "lru-cache": ["delivery"],
  flatbush: ["building"],
  "point-in-polygon-hao": ["building"],
  commander: ["cli"],
  "@peculiar/x509": ["cli"],
  "reflect-metadata": ["cli"],
  pino: ["log.ts"],
};

/** The only files that put things together. */
const composers = ["app.ts", "main.ts", "cli/serve.ts", "cli/demo.ts"];

interface Import {
  readonly from: string;
  readonly to: string;
}

test("every import in src follows the arrows of the house", () => {
  assert.deepEqual(
    importsOf("src").flatMap(({ from, to }) => objection(from, to) ?? []),
    [],
  );
});

test("the receiver package imports nothing but itself and Node", () => {
  const foreign = importsOf("receiver/src").filter(
    ({ to }) => !to.startsWith("node:") && !to.startsWith("receiver/src/"),
  );
  assert.deepEqual(foreign, []);
});

test("the layer rules object to imports that break the house", () => {
  const bad: readonly (readonly [string, string])[] = [
    ["src/model/event.ts", "src/errors.ts"],
    ["src/model/event.ts", "node:crypto"],
    ["src/building/check.ts", "src/sensing/fold.ts"],
    ["src/sensing/fold.ts", "src/store/ledger.ts"],
    ["src/delivery/lane.ts", "src/store/sqlite/engine.ts"],
    ["src/dialects/butlr/index.ts", "src/dialects/butterflymx/index.ts"],
    ["src/http/server.ts", "src/app.ts"],
    ["src/ingest/accept.ts", "fastify"],
    ["src/delivery/lane.ts", "left-pad"],
    ["src/cli/replay.ts", "src/app.ts"],
  ];
  for (const [from, to] of bad) assert.notEqual(objection(from, to), undefined, `${from} → ${to} should be refused`);
});

test("no file of the core reads a clock, starts a timer or draws chance on its own", () => {
  const forbidden = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(/;
  const core = ["model", "building", "sensing", "ingest", "dialects", "delivery"];
  const offenders = core
    .flatMap((folder) => filesOf(join("src", folder)))
    .filter((file) => forbidden.test(withoutComments(readFileSync(join(root, file), "utf8"))));
  assert.deepEqual(offenders, []);
});

function objection(from: string, to: string): string | undefined {
  const source = from.replace(/^src\//, "");
  const sourceFolder = folderOf(source);
  const refuse = (why: string) => `${from} → ${to}: ${why}`;
  if (to.startsWith("node:")) return sourceFolder === "model" ? refuse("the nouns import nothing") : undefined;
  if (!to.startsWith("src/") && !to.startsWith("receiver/")) {
    const allowed = libraries[to];
    if (allowed === undefined) return refuse("this library has no place in the table");
    return allowed.some((place) => source === place || source.startsWith(`${place}/`))
      ? undefined
      : refuse(`only in ${allowed.join(", ")}`);
  }
  if (composers.includes(source)) return undefined;
  if (to === "receiver/src/index.ts") {
    return sees[sourceFolder]?.includes("receiver") ? undefined : refuse("this folder does not sign or verify");
  }
  const target = to.replace(/^src\//, "");
  const targetFolder = folderOf(target);
  if (targetFolder === "") {
    return sourceFolder === "" || (sourceFolder !== "model" && ground.includes(target))
      ? undefined
      : refuse("only the ground files");
  }
  if (sourceFolder === targetFolder)
    return inDialect(source, target) ? undefined : refuse("dialects do not know each other");
  if (!sees[sourceFolder]?.includes(targetFolder)) return refuse("against the arrows");
  const shown = ports[targetFolder] ?? [];
  const inside = target.slice(targetFolder.length + 1);
  return shown.includes("*") || shown.includes(inside) ? undefined : refuse("not a port");
}

function inDialect(source: string, target: string): boolean {
  const [folder, dialect, file] = target.split("/");
  return folder !== "dialects" || file === undefined || source.startsWith(`dialects/${dialect}/`);
}

function folderOf(file: string): string {
  return file.includes("/") ? file.slice(0, file.indexOf("/")) : "";
}

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));
}

function importsOf(folder: string): Import[] {
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)|(?:^|\n)import\s+"([^"]+)"|new URL\(\s*"(\.[^"]+\.ts)"/g;
  return filesOf(folder).flatMap((from) => {
    const text = withoutComments(readFileSync(join(root, from), "utf8"));
    return [...text.matchAll(pattern)].map((found) => {
      const name = found[1] ?? found[2] ?? found[3] ?? found[4] ?? "";
      return { from, to: name.startsWith(".") ? relative(root, join(root, dirname(from), name)) : packageOf(name) };
    });
  });
}

function packageOf(name: string): string {
  if (name.startsWith("node:")) return name;
  return name.split("/", name.startsWith("@") ? 2 : 1).join("/");
}

function withoutComments(text: string): string {
  return text.replaceAll(/^\s*\/\/.*$/gm, "").replaceAll(/\/\*[\s\S]*?\*\//g, "");
}
