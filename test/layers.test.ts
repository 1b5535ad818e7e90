// Reads every import and holds the house to its plan: arrows point to the nouns, a folder sees another folder's port and
// never its insides, each third-party library lives in one folder [ARCHITECTURE.md].

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");

/** Files at the top of src that every folder may import. */
const ground = [
  "certificates.ts",
  "clock.ts",
  "compact-heap.ts",
  "due-heap.ts",
  "errors.ts",
  "failing-answer.ts",
  "log.ts",
  "own-text.ts",
  "server-proof.ts",
  "shared-secret.ts",
  "private-file.ts",
  "quantity.ts",
  "same-secret.ts",
  "service.ts",
  "steps.ts",
  "turns.ts",
  "v8-flags.ts",
  "version.ts",
];

/** What a folder shows to other folders. Everything else in it is its own business. */
const ports: Record<string, readonly string[]> = {
  model: ["*"],
  words: ["*"],
  building: ["*"],
  config: ["*"],
  store: [
    "ledger.ts",
    "acceptance.ts",
    "owed.ts",
    "ownership.ts",
    "removal.ts",
    "floor-pages.ts",
    "shards.ts",
    "registry.ts",
    "sign-ins.ts",
    "history.ts",
    "replays.ts",
    "changes.ts",
    "replay-reads.ts",
    "sequence-reads.ts",
    "figure-reads.ts",
    "store.ts",
    "nodes.ts",
    "backups.ts",
    "copies.ts",
    "move-store.ts",
    "change-organization.ts",
    "verify-audit.ts",
    "warn-of-broken-audit.ts",
  ],
  sensing: ["sensing.ts"],
  numbers: ["numbers-port.ts"],
  dialects: ["dialect.ts", "subscribing.ts", "place-port.ts", "owner-acts-port.ts", "sensor-status.ts"],
  organizations: [
    "organizations.ts",
    "place-lookup.ts",
    "replace-model.ts",
    "erase-person.ts",
    "remove-organization.ts",
  ],
  auth: [
    "authenticator-port.ts",
    "authenticator.ts",
    "bearer.ts",
    "sessions.ts",
    "console-sessions.ts",
    "portal-links.ts",
    "api-keys.ts",
    "authorize.ts",
    "sign-ins.ts",
    "pkce.ts",
    "public-client.ts",
    "redirects.ts",
  ],
  ingest: ["ingest-port.ts", "observations/parse-observation.ts"],
  delivery: ["destination-guard.ts", "enqueue-port.ts", "door-bridge.ts", "background-loop.ts"],
  replays: ["replays-port.ts"],
  inboxes: ["inboxes.ts"],
  live: ["changes-port.ts"],
  alerts: ["alerts-port.ts"],
  http: ["scope.ts", "json-body.ts", "json-answer.ts", "answer-text.ts", "known-routes.ts", "openapi.ts"],
};

/** Which folders' ports a folder may import. `receiver` is the second package. */
const sees: Record<string, readonly string[]> = {
  model: [],
  words: [],
  building: ["model"],
  sensing: ["model", "building"],
  numbers: ["model", "building", "sensing", "store", "dialects"],
  store: ["model"],
  auth: ["model", "store"],
  organizations: ["model", "building", "store", "auth", "dialects"],
  dialects: ["model", "building", "store", "auth", "delivery", "http"],
  ingest: ["model", "building", "store", "sensing", "dialects", "organizations", "auth", "delivery", "http"],
  delivery: ["model", "store", "receiver"],
  replays: ["model", "building", "sensing", "store", "dialects", "organizations", "delivery"],
  alerts: ["model", "building", "store", "organizations", "delivery"],
  inboxes: ["model", "receiver"],
  live: ["model", "building", "organizations"],
  nodes: ["model", "store"],
  http: [
    "model",
    "building",
    "store",
    "auth",
    "organizations",
    "ingest",
    "dialects",
    "numbers",
    "replays",
    "inboxes",
    "alerts",
    "live",
  ],
  tracing: ["model"],
  simulator: ["model", "building"],
  config: [],
  cli: ["model", "words", "building", "simulator", "receiver", "config", "store"],
};

interface Inside {
  /** Folders within this one: the siblings each may import, and no others. A sibling's port files are in `shows`. */
  readonly sees: Record<string, readonly string[]>;
  /** Files by folder that siblings may import. */
  readonly shows: Record<string, readonly string[]>;
  /** Files at the top of this folder that the folders within it may import. */
  readonly top: readonly string[];
}

/** Files at the top of these folders may import whatever lies below; the folders below see little of each other. */
const insides: Record<string, Inside> = {
  delivery: {
    sees: {
      structures: [],
      guard: [],
      attempt: ["guard"],
      client: ["structures", "guard", "attempt"],
      lane: ["structures", "attempt"],
      settle: ["structures", "attempt", "lane"],
      recovery: ["lane"],
    },
    shows: {
      structures: ["counts.ts", "linked-list.ts", "fifo.ts", "timer-queue.ts"],
      guard: ["guard.ts", "address.ts", "header.ts", "policy.ts", "resolver.ts", "url.ts"],
      attempt: ["attempt.ts", "request.ts", "retry-policy.ts", "tls-identity.ts"],
      lane: ["lane.ts"],
    },
    top: [
      "settings.ts",
      "destination-guard.ts",
      "enqueue-port.ts",
      "due-clock.ts",
      "background-loop.ts",
      "retry-until-done.ts",
      "shortage.ts",
    ],
  },
  config: { sees: { topics: [] }, shows: {}, top: ["kinds.ts", "redirects.ts", "setting.ts"] },
  "store/sqlite": {
    sees: { statements: [], file: [], thread: ["statements", "file"], ports: ["statements", "thread"] },
    shows: {
      statements: ["history-reads.ts", "registry.ts", "observation-log.ts"],
      file: ["checkpoint.ts", "copy-database.ts", "database.ts", "lock.ts", "migrate.ts"],
      thread: ["client.ts"],
    },
    top: ["engine.ts", "open-engine.ts", "group-commit.ts", "failure.ts"],
  },
  ingest: {
    sees: { http: [], observations: [], events: [], derive: ["events"] },
    shows: { events: ["fan-out.ts"] },
    top: ["ingest-port.ts", "content-hash.ts", "json-text.ts"],
  },
  http: {
    sees: { limits: [], operator: [], console: [] },
    shows: {},
    top: [
      "scope.ts",
      "allow-silence.ts",
      "route.ts",
      "who-asks.ts",
      "cursor.ts",
      "known-routes.ts",
      "openapi.ts",
      "json-body.ts",
      "problems.ts",
      "schema-messages.ts",
    ],
  },
};

/** Where each library may be imported. */
const libraries: Record<string, readonly string[]> = {
  fastify: ["http"],
  zod: ["http"],
  "prom-client": ["http"],
  graphql: ["dialects/butlr"],
  "ipaddr.js": ["delivery"],
  // A data structure, not a framework: wherever memory must be bounded.
  "lru-cache": ["delivery", "auth", "organizations", "http", "ingest", "dialects"],
  flatbush: ["building"],
  uqr: ["dialects"],
  "point-in-polygon-hao": ["building"],
  commander: ["cli"],
  "@peculiar/x509": ["cli"],
  "reflect-metadata": ["cli"],
  pg: ["store/postgres"],
  pino: ["log.ts"],
  "@opentelemetry/api": ["tracing"],
};

/** The only files that put things together, beside those of app/, which app.ts alone calls. */
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

test("the console imports nothing of the server but words: it knows the operator API alone", () => {
  const foreign = importsOf("console/src").filter(
    ({ to }) =>
      !to.startsWith("console/src/") && !to.startsWith("src/words/") && !["preact", "@preact/signals"].includes(to),
  );
  assert.deepEqual(foreign, []);
});

test("the layer rules object to imports that break the house", () => {
  const bad: readonly (readonly [string, string])[] = [
    ["src/model/event.ts", "src/errors.ts"],
    ["src/model/event.ts", "node:crypto"],
    ["src/words/subscription.ts", "src/model/lane.ts"],
    ["src/words/time.ts", "node:util"],
    ["src/building/check.ts", "src/sensing/sensing.ts"],
    ["src/sensing/sensing.ts", "src/store/ledger.ts"],
    ["src/http/operator/sensors.ts", "src/sensing/sensing.ts"],
    ["src/numbers/numbers.ts", "src/ingest/derive/log-processor.ts"],
    ["src/model/engine-events.ts", "src/store/ledger.ts"],
    ["src/delivery/dispatcher.ts", "src/http/engine-metrics.ts"],
    ["src/delivery/dispatcher.ts", "src/log-events.ts"],
    ["src/delivery/lane/lane.ts", "src/store/sqlite/engine.ts"],
    ["src/dialects/butlr/index.ts", "src/dialects/butterflymx/index.ts"],
    ["src/http/server.ts", "src/app.ts"],
    ["src/http/server.ts", "src/app/ground.ts"],
    ["src/cli/serve.ts", "src/app/http.ts"],
    ["src/app/http.ts", "src/app.ts"],
    ["src/app/http.ts", "fastify"],
    ["src/ingest/ingest.ts", "fastify"],
    ["src/delivery/lane/lane.ts", "left-pad"],
    ["src/cli/replay.ts", "src/app.ts"],
    ["src/auth/authenticator.ts", "src/http/scope.ts"],
    ["src/delivery/guard/resolver.ts", "src/delivery/client/connect.ts"],
    ["src/delivery/settle/settler.ts", "src/delivery/lane/scheduler.ts"],
    ["src/delivery/lane/lane.ts", "src/delivery/dispatcher.ts"],
    ["src/store/sqlite/statements/accept.ts", "src/store/sqlite/thread/host.ts"],
    ["src/store/sqlite/ports/ledger.ts", "src/store/sqlite/file/lock.ts"],
    ["src/ingest/observations/accept-observations.ts", "src/ingest/events/fan-out.ts"],
  ];
  for (const [from, to] of bad) assert.notEqual(objection(from, to), undefined, `${from} → ${to} should be refused`);
});

test("no file of the core reads a clock, starts a timer or draws chance on its own", () => {
  const forbidden = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(|\bperformance\.now\(/;
  const core = ["model", "building", "sensing", "numbers", "auth", "organizations", "ingest", "dialects", "delivery"];
  const offenders = core
    .flatMap((folder) => filesOf(join("src", folder)))
    .filter((file) => forbidden.test(withoutComments(readFileSync(join(root, file), "utf8"))));
  assert.deepEqual(offenders, []);
});

function objection(from: string, to: string): string | undefined {
  const source = from.replace(/^src\//, "");
  const sourceFolder = folderOf(source);
  const refuse = (why: string) => `${from} → ${to}: ${why}`;
  if (to.startsWith("node:"))
    return ["model", "words"].includes(sourceFolder) ? refuse("the nouns import nothing") : undefined;
  if (!to.startsWith("src/") && !to.startsWith("receiver/")) {
    const allowed = libraries[to];
    if (allowed === undefined) return refuse("this library has no place in the table");
    return allowed.some((place) => source === place || source.startsWith(`${place}/`))
      ? undefined
      : refuse(`only in ${allowed.join(", ")}`);
  }
  const isPartOfApp = sourceFolder === "app";
  if (to.startsWith("src/app/") && !isPartOfApp && source !== "app.ts") return refuse("only app.ts sees its groups");
  if (composers.includes(source) || (isPartOfApp && to !== "src/app.ts")) return undefined;
  if (to === "receiver/src/index.ts") {
    return sees[sourceFolder]?.includes("receiver") ? undefined : refuse("this folder does not sign or verify");
  }
  const target = to.replace(/^src\//, "");
  const targetFolder = folderOf(target);
  if (targetFolder === "") {
    return sourceFolder === "" || (!["model", "words"].includes(sourceFolder) && ground.includes(target))
      ? undefined
      : refuse("only the ground files");
  }
  if (sourceFolder === targetFolder) {
    if (!inDialect(source, target)) return refuse("dialects do not know each other");
    return siblingObjection(source, target, refuse);
  }
  if (!sees[sourceFolder]?.includes(targetFolder)) return refuse("against the arrows");
  const shown = ports[targetFolder] ?? [];
  const inside = target.slice(targetFolder.length + 1);
  return shown.includes("*") || shown.includes(inside) ? undefined : refuse("not a port");
}

function siblingObjection(source: string, target: string, refuse: (why: string) => string): string | undefined {
  const parent = Object.keys(insides).find((each) => source.startsWith(`${each}/`) && target.startsWith(`${each}/`));
  if (parent === undefined) return undefined;
  const inside = insides[parent]!;
  const [from, to] = [source, target].map((file) => folderOf(file.slice(parent.length + 1))) as [string, string];
  const rest = target.slice(parent.length + 1 + (to === "" ? 0 : to.length + 1));
  if (from === to || from === "") return undefined;
  if (to === "") return inside.top.includes(rest) ? undefined : refuse("a folder does not see what puts it together");
  if (inside.sees[from] === undefined) return refuse("this folder has no place in the table");
  if (!inside.sees[from].includes(to)) return refuse("siblings in the wrong direction");
  return inside.shows[to]?.includes(rest) === true ? undefined : refuse("not what this sibling shows");
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
    .filter((file) => /\.tsx?$/.test(file))
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
