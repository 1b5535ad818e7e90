// belfry alerts: what it asks of the server, and how it tells the answer.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { startEdge } from "./edge.ts";
import { createTestTerminal } from "./test-terminal.ts";

const alert = {
  id: "alert_1",
  organization: null,
  building: null,
  tenant: null,
  url: "https://hooks.example/in",
  form: "json",
  kinds: null,
  state: "active",
};
const head = "id       of          form  kinds  state   url";
const row = "alert_1  everything  json  all    active  https://hooks.example/in";

async function begin(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), "belfry-alerts-"));
  t.after(() => rmSync(data, { recursive: true, force: true }));
  const server = await startEdge(data);
  t.after(() => server.stop());
  const run = async (...args: string[]) => {
    const terminal = createTestTerminal();
    const code = await runProgram(["alerts", ...args, "--url", server.url(), "--key", "k"], { terminal });
    return { code, out: terminal.out(), notes: terminal.notes() };
  };
  return { server, run };
}

test("add sends the URL, and what is told of only if it is said; it tells the secret once", async (t) => {
  const { server, run } = await begin(t);
  server.answers.set("POST /v1/alerts", { status: 201, body: { ...alert, signing_secret: "whsec_1" } });
  const plain = await run("add", "https://hooks.example/in");
  assert.equal(plain.out, `${head}\n${row}\nSigning secret, shown once: whsec_1\n`);
  const sent = () => JSON.parse(server.requests.findLast(({ method }) => method === "POST")!.body) as object;
  assert.deepEqual(sent(), { url: "https://hooks.example/in", form: "json" });
  const more = "--form slack --kind disk.low --kind disk.free --building b --organization o --json".split(" ");
  await run("add", "https://hooks.example/in", ...more);
  assert.deepEqual(sent(), {
    url: "https://hooks.example/in",
    form: "slack",
    kinds: ["disk.low", "disk.free"],
    building: "b",
  });
  assert.equal(server.requests.at(-1)!.organization, "o");
  const wrong = await run("add", "https://hooks.example/in", "--kind", "disk.lost");
  assert.equal(wrong.code, 2);
  assert.match(wrong.notes, /The kinds are subscription\.failing, .*backlog\.shrinking\./);
});

test("list and remove name what they are about", async (t) => {
  const { server, run } = await begin(t);
  server.answers.set("GET /v1/alerts", { status: 200, body: { data: [alert], next: null } });
  assert.equal((await run("list")).out, `${head}\n${row}\n`);
  server.answers.set("DELETE /v1/alerts/alert_1", { status: 204, body: "" });
  assert.equal((await run("remove", "alert_1")).out, "alert_1 gets no more alerts.\n");
});

test("test waits for the first attempt, and fails where it failed", async (t) => {
  const { server, run } = await begin(t);
  server.answers.set("POST /v1/alerts/alert_1/test", { status: 202, body: { event: "e", delivery: "delivery_1" } });
  const delivery = (state: string, last: object) =>
    server.answers.set("GET /v1/deliveries/delivery_1", {
      status: 200,
      body: { id: "delivery_1", state, attempt_count: 1, last_attempt: last },
    });
  delivery("delivered", { code: "delivered", status: 200, detail: null });
  assert.equal((await run("test", "alert_1")).out, "The test arrived: the receiver answered 200.\n");
  delivery("pending", { code: "http_error", status: 404, detail: "The receiver answered 404." });
  const failed = await run("test", "alert_1");
  assert.equal(failed.code, 1);
  assert.match(failed.notes, /^The test did not arrive: The receiver answered 404\. `belfry alerts list --json` says/);
});
