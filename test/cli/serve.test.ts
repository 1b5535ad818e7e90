// belfry serve called by somebody who mistypes: every refusal is one sentence that says what to do, and no stack.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { runProgram } from "../../src/cli/program.ts";
import { createTestTerminal } from "./test-terminal.ts";

const root = mkdtempSync(join(tmpdir(), "belfry-serve-test-"));
after(() => rmSync(root, { recursive: true, force: true }));
const data = join(root, "data");

/** What a start that fails says, in one line. `code`: 2 for a wrong call, 1 where the machine is not as it must be. */
async function refusal(code: 1 | 2, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const terminal = createTestTerminal({ env: { BELFRY_LOG_LEVEL: "silent", ...env } });
  assert.equal(await runProgram(["serve", "--port", "0", "--data", data, ...args], { terminal }), code);
  assert.equal(terminal.out(), "");
  assert.doesNotMatch(terminal.notes(), /\n./, "one line");
  return terminal.notes();
}

test("a setting that cannot be read is told by the name it was given under, all of them at once", async () => {
  assert.equal(await refusal(2, ["--port", "abc"]), '--port must be a whole number from 0 to 65535, not "abc".\n');
  assert.match(await refusal(2, ["--port", "65536"]), /^--port must be .*, not "65536"\.\n$/);
  const cap = await refusal(2, [], { BELFRY_CAP_SUBSCRIPTION: "0" });
  assert.equal(cap, 'BELFRY_CAP_SUBSCRIPTION must be a whole number from 1 to 64, not "0".\n');
  assert.equal(
    await refusal(2, ["--role", "boss"], { BELFRY_ALLOW_HTTP: "yes" }),
    '--role must be one of all, api, delivery, not "boss"; BELFRY_ALLOW_HTTP must be one of true, false, 1, 0, not "yes".\n',
  );
});

test("a variable that nobody knows stops the start and is told with the one that was meant", async () => {
  assert.equal(
    await refusal(2, [], { BELFRY_ALLOW_NETWORK: "10.0.0.0/8" }),
    "BELFRY_ALLOW_NETWORK is not a variable of Belfry. Did you mean BELFRY_ALLOW_NETWORKS? `serve --help` lists all.\n",
  );
});

test("settings that can be read but not used stop the start before anything is made", async () => {
  const cases: [args: string[], said: RegExp][] = [
    [["--allow-networks", "10.0.0.7/8"], /^BELFRY_ALLOW_NETWORKS: "10\.0\.0\.7\/8" is not a network\./],
    [["--allow-ports", "80-9"], /^BELFRY_ALLOW_PORTS: "80-9" is not a port/],
    [["--dns-servers", "dns.example"], /^BELFRY_DNS_SERVERS: "dns\.example" is not a list of name servers\./],
    [["--database-url", "mysql://x"], /^The URL of the database must begin with postgres:\/\//],
    [["--role", "api"], /^--role api needs PostgreSQL/],
    [
      ["--retention-events", "3d"],
      /^Retries can take 90\.8 h \(BELFRY_RETRY_DELAYS, BELFRY_TIMEOUT_MAX\), but events are kept for 72\.0 h only \(BELFRY_RETENTION_EVENTS\)\./,
    ],
    [["--retention-events", "1h", "--retry-delays", "50m"], /^Retries can take 1\.0 h .* for 1\.0 h only/],
  ];
  for (const [args, said] of cases) assert.match(await refusal(2, args), said);
  assert.match(await refusal(2, [], { BELFRY_MASTER_KEY: "short" }), /^BELFRY_MASTER_KEY must be base64/);
  assert.equal(existsSync(data), false);
});

test("an environment that turns the check of certificates off is refused", async () => {
  assert.match(await refusal(2, [], { NODE_TLS_REJECT_UNAUTHORIZED: "0" }), /unset it.*BELFRY_CA_FILE/);
});

test("a port that is taken and an address of another machine are told with the flag that helps", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const port = String((other.address() as AddressInfo).port);
  assert.match(await refusal(1, ["--port", port]), /^Something listens on 127\.0\.0\.1:\d+ already: .*--port/);
  other.close();
  assert.match(await refusal(1, ["--host", "192.0.2.1"]), /^"192\.0\.2\.1" is no address of this machine: .*--host/);
});

test("a file of authorities without a certificate is refused", async () => {
  const file = join(root, "ca.pem");
  for (const text of ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]) {
    writeFileSync(file, text);
    assert.match(
      await refusal(1, [], { BELFRY_CA_FILE: file }),
      /^BELFRY_CA_FILE must name a PEM file with certificates/,
    );
  }
  assert.match(await refusal(1, [], { BELFRY_CA_FILE: join(root, "absent") }), /^BELFRY_CA_FILE must name a PEM file/);
});

test("a data directory that is a file is refused", async () => {
  writeFileSync(join(root, "file"), "");
  assert.match(
    await refusal(1, ["--data", join(root, "file")]),
    /cannot be the data directory: it is, or lies in, a file/,
  );
});
