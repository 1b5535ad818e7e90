import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { printable } from "../../src/cli/printable.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "belfry-program-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const terminal = createTestTerminal({ env });
  const code = await runProgram(args, { terminal, startDemoServer: () => Promise.reject(new Error("not here")) });
  return { code, out: terminal.out(), notes: terminal.notes() };
}

test("help and version are no failure", async () => {
  const help = await run(["--help"]);
  assert.equal(help.code, 0);
  for (const command of ["serve", "demo", "console", "replay", "listen", "keys", "model"])
    assert.match(help.out, new RegExp(`^ {2}${command}\\b`, "m"));
  const version = await run(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
});

test("help knows commands of commands", async () => {
  const { code, out } = await run(["help", "keys", "create"]);
  assert.equal(code, 0);
  assert.match(out, /^Usage: belfry keys create/);
  const unknown = await run(["help", "keys", "forge"]);
  assert.equal(unknown.code, 2);
  assert.match(unknown.notes, /unknown command 'keys forge'/);
});

test("help and hints name the command by which Belfry was called", async (t) => {
  const command = "npm run --silent belfry --";
  const called = async (...args: string[]) => {
    const terminal = createTestTerminal({ command });
    await runProgram(args, { terminal });
    return terminal.out() + terminal.notes();
  };
  assert.match(await called("keys", "create", "--help"), /^Usage: npm run --silent belfry -- keys create /);
  assert.match(await called("keys", "list", "--help"), /\nExample:\n {2}npm run --silent belfry -- keys list\n$/);
  assert.match(await called("keys", "create"), /\(see: npm run --silent belfry -- help\)/);
  const data = folder(t);
  assert.ok((await called("keys", "list", "--data", data)).includes(`\`${command} serve --data ${data}\``));
});

test("Ctrl-C before the server has answered says so, and not that there is no server", async (t) => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  t.after(() => silent.closeAllConnections());
  t.after(() => silent.close());
  const terminal = createTestTerminal();
  silent.once("request", () => terminal.pressCtrlC());
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  assert.equal(await runProgram(["keys", "list", "--url", url, "--key", "k"], { terminal }), 130);
  assert.equal(terminal.notes(), "Interrupted before the server had answered.\n");
});

test("a server that is not there is told in a sentence with what to do", async (t) => {
  const data = folder(t);
  const absent = await run(["keys", "list", "--data", data]);
  assert.equal(absent.code, 1);
  assert.match(absent.notes, /There is no .*server\.json.*belfry serve --data/);
  writeFileSync(join(data, "server.json"), '{"url":"http://127.0.0.1:1","nonce":"n"}');
  assert.match((await run(["keys", "list", "--data", data])).notes, /operator key cannot be read from .*operator\.key/);
  writeFileSync(join(data, "operator.key"), "k\n");
  const dead = await run(["keys", "list"], { BELFRY_DATA: data });
  assert.equal(dead.code, 1);
  assert.match(dead.notes, /^No Belfry answers at http:\/\/127\.0\.0\.1:1 \(.+\)\. Is it running\?\n$/);
});

test("no key goes to what answers and is not the Belfry that was meant, and the command fails", async (t) => {
  const data = folder(t);
  writeFileSync(join(data, "operator.key"), "k\n");
  const authorizations: (string | undefined)[] = [];
  let answer: object | string = {};
  const other = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  t.after(() => other.close());
  t.after(() => other.closeAllConnections());
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const commands = [["keys", "list"], ["keys", "create", "--role", "operator"], ["sensors", "--json"], ["occupancy"]];
  const everywhere = async (sentence: RegExp, args: readonly string[]) => {
    for (const command of commands) {
      const { code, out, notes } = await run([...command, ...args]);
      assert.deepEqual([code, out], [1, ""], command.join(" "));
      assert.match(notes, sentence);
    }
  };
  for (answer of [{}, { data: [], next: null }, "<html>hello</html>", ""]) {
    await everywhere(/is not Belfry.*no key was sent/s, ["--url", url, "--key", "k"]);
  }
  // Another Belfry has taken the port of the one that left this.
  writeFileSync(join(data, "server.json"), JSON.stringify({ url, nonce: "n" }));
  answer = { name: "belfry", version: "1.2.3", proof: "x" };
  await everywhere(/another one than server\.json/, ["--data", data]);
  assert.deepEqual([...new Set(authorizations)], [undefined]);
  // Nor where nothing says how to know it.
  writeFileSync(join(data, "server.json"), JSON.stringify({ url }));
  const before = authorizations.length;
  await everywhere(/how to know it\. Restart/, ["--data", data]);
  assert.equal(authorizations.length, before);
});

test("keys create prints one JSON line with id, secret and key", async (t) => {
  const server = await startEdge(folder(t));
  t.after(() => server.stop());
  const made = { key: "belfry_k", client_id: "client_1", client_secret: "s", created_at: 5 };
  server.answers.set("POST /v1/keys", { status: 201, body: made });
  const { code, out } = await run([
    "keys",
    "create",
    "--role",
    "organization",
    "--for",
    "org_1",
    "--url",
    server.url(),
    "--key",
    "mine",
  ]);
  assert.equal(code, 0);
  assert.equal(out, '{"client_id":"client_1","client_secret":"s","key":"belfry_k"}\n');
  const request = server.requests.find(({ method }) => method === "POST");
  assert.deepEqual(JSON.parse(request!.body), { role: "organization", for: "org_1" });
  assert.equal(request!.authorization, "Bearer mine");
});

test("a slip in --for is asked about on a terminal, and told where nobody can be asked", async (t) => {
  const server = await startEdge(folder(t));
  t.after(() => server.stop());
  server.answers.set("POST /v1/keys", { status: 201, body: { key: "k", client_id: "c", client_secret: "s" } });
  server.answers.set("HEAD /v1/building-model?organization=acne", { status: 404, body: "" });
  server.answers.set("HEAD /v1/building-model?organization=acme", { status: 200, body: "" });
  const asked: string[] = [];
  const create = async (organization: string, answer?: boolean) => {
    const ask = answer === undefined ? {} : { ask: (question: string) => asked.push(question) > 0 && answer };
    const terminal = createTestTerminal({ env: { BELFRY_URL: server.url(), BELFRY_KEY: "mine" }, ...ask });
    const before = server.requests.length;
    const code = await runProgram(["keys", "create", "--role", "viewer", "--for", organization], { terminal });
    const made = server.requests.slice(before).filter(({ method }) => method === "POST").length;
    return { code, made, notes: terminal.notes() };
  };
  assert.deepEqual(await create("acme", false), { code: 0, made: 1, notes: "" });
  assert.deepEqual(asked, []);
  assert.deepEqual(await create("acne", false), { code: 1, made: 0, notes: "Nothing was made.\n" });
  assert.deepEqual(await create("acne", true), { code: 0, made: 1, notes: "" });
  assert.deepEqual(asked, Array(2).fill("There is no organization acne. Create it?"));
  const told = await create("acne");
  assert.deepEqual([told.code, told.made], [0, 1]);
  assert.match(told.notes, /no organization acne: it was created.*DELETE \/v1\/organizations\/acne\?confirm=acne/);
});

test("keys create takes several buildings or tenants, and keys list names them all", async (t) => {
  const server = await startEdge(folder(t));
  t.after(() => server.stop());
  server.answers.set("POST /v1/keys", { status: 201, body: { key: "k", client_id: "c", client_secret: "s" } });
  const env = { BELFRY_URL: server.url(), BELFRY_KEY: "mine" };
  assert.equal((await run(["keys", "create", "--role", "tenant", "--for", "kim", "--for", "alex"], env)).code, 0);
  assert.deepEqual(JSON.parse(server.requests[0]!.body), { role: "tenant", for: ["kim", "alex"] });
  const row = { client_id: "c", role: "tenant", organization: "org", targets: ["kim", "alex"] };
  server.answers.set("GET /v1/keys", { status: 200, body: { data: [row], next: null } });
  assert.match((await run(["keys", "list"], env)).out, /^c +tenant +kim, alex +- +-$/m);
});

test("keys list follows the pages, aligns what there is and hides what a terminal would obey", async (t) => {
  const server = await startEdge(folder(t));
  t.after(() => server.stop());
  const data = [
    {
      client_id: "client_1",
      role: "operator",
      organization: null,
      targets: [],
      created_at: "2026-09-01",
      revoked_at: null,
    },
    {
      client_id: "client_2",
      role: "viewer",
      organization: "org_\u001b[2J",
      targets: [],
      created_at: "2026-09-02",
      revoked_at: "2026-09-03",
    },
  ];
  server.answers.set("GET /v1/keys", { status: 200, body: { data: data.slice(0, 1), next: "a/b" } });
  server.answers.set("GET /v1/keys?cursor=a%2Fb", { status: 200, body: { data: data.slice(1), next: null } });
  const env = { BELFRY_URL: server.url(), BELFRY_KEY: "mine" };
  assert.equal(
    (await run(["keys", "list"], env)).out,
    [
      "id        role      for          created     revoked",
      "client_1  operator  -            2026-09-01  -",
      "client_2  viewer    org_\\x1b[2J  2026-09-02  2026-09-03",
      "",
    ].join("\n"),
  );
  const json = (await run(["keys", "list", "--json"], env)).out.trim().split("\n");
  assert.deepEqual(
    json.map((line) => JSON.parse(line) as unknown),
    data,
  );
});

test("keys revoke says what it did, or why it could not", async (t) => {
  const server = await startEdge(folder(t));
  t.after(() => server.stop());
  const env = { BELFRY_URL: server.url(), BELFRY_KEY: "mine" };
  server.answers.set("DELETE /v1/keys/client_1", { status: 200, body: null });
  assert.equal((await run(["keys", "revoke", "client_1"], env)).out, "Revoked client_1.\n");
  assert.equal((await run(["keys", "revoke", "client_1", "--json"], env)).out, '{"revoked":"client_1"}\n');
  const { code, notes } = await run(["keys", "revoke", "client/2"], env);
  assert.equal(code, 1);
  assert.match(notes, /404 NOT_FOUND to DELETE \/v1\/keys\/client%2F2: There is nothing here\./);
});

test("a bug shows its stack, a failure does not", async () => {
  const { code, notes } = await run(["demo"]);
  assert.equal(code, 1);
  assert.match(notes, /This is a bug in belfry: Error: not here\n\s+at /);
});

test("text of others cannot move the cursor, retitle the window or turn the reading direction", () => {
  assert.equal(
    printable("a\u001b]0;x\u0007b\r\nc\u009b31m\u202ed\u2028\ud800"),
    "a\\x1b]0;x\\x07b\\x0d\\x0ac\\x9b31m\\u202ed\\u2028\\ud800",
  );
  assert.equal(printable("Café Minim 会议室 🚪"), "Café Minim 会议室 🚪");
  assert.equal(printable("x".repeat(300), 10), "xxxxxxxxx…");
});

test("loading the program loads neither the server nor its libraries", () => {
  const program = new URL("../../src/cli/program.ts", import.meta.url).href;
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
    (await import(${JSON.stringify(program)})).createProgram();
    console.log(JSON.stringify(loaded));
    process.exit();`;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  const loaded = JSON.parse(out) as string[];
  assert.ok(loaded.some((url) => url.includes("/commander/")));
  const heavy =
    /fastify|mercurius|graphql|zod|pino|prom-client|@peculiar|node:sqlite|src\/(app|log|http|store|simulator|delivery)/;
  assert.deepEqual(
    loaded.filter((url) => heavy.test(url)),
    [],
  );
});
