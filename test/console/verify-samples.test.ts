// The code that the console gives people to copy: each piece runs, takes a delivery as Belfry signs it, and refuses one that was
// changed. Go's only where BELFRY_GO names its command.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { curlOf, verifySamples } from "../../console/src/subscriptions/verify-samples.ts";
import { newSecret, sign, verify } from "../../receiver/src/index.ts";
import { systemRandom } from "../../src/clock.ts";

const body = `{"type":"ROOM_OCCUPANCY","name":"it's ☃"}`;
const secret = newSecret(systemRandom);
const timestamp = Math.floor(Date.now() / 1_000);
const headers = (text: string) => ({
  "webhook-id": "event_1",
  "webhook-timestamp": String(timestamp),
  "webhook-signature": `v1,AAAA v1a,BBBB ${sign({ id: "event_1", timestamp, body: text, secret })}`,
});
let folder: string;

const has = (command: string): boolean => spawnSync(command, ["--version"]).error === undefined;
const run = (command: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(command, args, { cwd: folder, env: { ...process.env, SIGNING_SECRET: secret, ...env }, encoding: "utf8" });

before(() => {
  folder = mkdtempSync(join(tmpdir(), "belfry-samples-"));
  writeFileSync(join(folder, "body"), body);
});

test("Node verifies a delivery and refuses another body, another secret and an old one", async () => {
  const file = join(folder, "verify.mjs");
  writeFileSync(file, verifySamples["Node"]!);
  const { verify: check } = (await import(file)) as {
    verify: (body: Buffer, headers: object, secret: string) => boolean;
  };
  assert.equal(check(Buffer.from(body), headers(body), secret), true);
  assert.equal(check(Buffer.from(`${body} `), headers(body), secret), false);
  assert.equal(check(Buffer.from(body), headers(body), newSecret(systemRandom)), false);
  assert.equal(check(Buffer.from(body), { ...headers(body), "webhook-timestamp": "1000" }, secret), false);
});

test("Python does so, too", { skip: !has("python3") }, () => {
  const script = `${verifySamples["Python"]!}
import json
body, headers = open("body", "rb").read(), json.loads(os.environ["HEADERS"])
print(verify(body, headers), verify(body + b" ", headers), verify(body, {**headers, "webhook-timestamp": "1000"}))`;
  const { stdout, stderr } = run("python3", ["-c", script], { HEADERS: JSON.stringify(headers(body)) });
  assert.equal(stdout.trim(), "True False False", stderr);
});

test("so does a shell", { skip: !has("openssl") }, () => {
  const given = (of: Record<string, string>) => ({
    WEBHOOK_ID: of["webhook-id"]!,
    WEBHOOK_TIMESTAMP: of["webhook-timestamp"]!,
    WEBHOOK_SIGNATURE: of["webhook-signature"]!,
  });
  const good = run("sh", ["-c", verifySamples["Shell"]!], given(headers(body)));
  assert.equal(good.stdout.trim(), "genuine", good.stderr);
  const bad = run("sh", ["-c", verifySamples["Shell"]!], given(headers(`${body} `)));
  assert.deepEqual([bad.stdout.trim(), bad.status], ["forged", 1]);
});

test("the curl line signs what it sends, and quotes whatever a body holds", { skip: !has("openssl") }, () => {
  const asked = [
    { name: "content-type", value: "application/json" },
    { name: "webhook-id", value: "event_1" },
    { name: "webhook-signature", value: null },
    { name: "x-api-key", value: null },
  ];
  // In place of curl: what it was called with.
  writeFileSync(join(folder, "curl"), '#!/bin/sh\nfor each in "$@"; do printf "%s\\0" "$each"; done\n', {
    mode: 0o755,
  });
  const path = `${folder}:${process.env["PATH"]}`;
  const { stdout, stderr } = run("sh", ["-c", curlOf("https://a.test/in?x=1&y='", asked, body)], {
    PATH: path,
    X_API_KEY: "k",
  });
  const sent = stdout.split("\0");
  assert.equal(sent[0], "https://a.test/in?x=1&y='", stderr);
  assert.ok(sent.includes("x-api-key: k"), stdout);
  assert.equal(sent[sent.indexOf("--data-binary") + 1], body);
  const header = (name: string) => sent.find((each) => each.startsWith(`${name}: `))!.slice(name.length + 2);
  const own = Object.fromEntries(
    ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => [name, header(name)]),
  );
  assert.doesNotThrow(() => verify({ body, headers: own, secret }));
});

/** Where Go is, for whoever has changed its code: to compile takes long. */
const goCommand = process.env["BELFRY_GO"];

const tryGo = (): void => {
  writeFileSync(join(folder, "go.mod"), "module receiver\n\ngo 1.19\n");
  writeFileSync(join(folder, "verify.go"), verifySamples["Go"]!);
  const lines = Object.entries(headers(body)).map(([name, value]) => `header.Set("${name}", "${value}")`);
  writeFileSync(
    join(folder, "verify_test.go"),
    `package receiver
import ("net/http"; "os"; "testing")
func TestVerify(t *testing.T) {
	body, _ := os.ReadFile("body")
	header := http.Header{}
	${lines.join("\n\t")}
	if !Verify(body, header, "${secret}") { t.Fatal("refused") }
	if Verify(append(body, ' '), header, "${secret}") { t.Fatal("forged") }
	header.Set("webhook-timestamp", "1000")
	if Verify(body, header, "${secret}") { t.Fatal("old") }
}
`,
  );
  assert.match(execFileSync(goCommand!, ["test", "./..."], { cwd: folder, encoding: "utf8" }), /^ok/);
};
if (goCommand !== undefined) test("Go compiles it and verifies", tryGo);
