// Certificates and TLS, each with a receiver of its own [reliability: TLS].

import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import type { TLSSocket, TlsOptions } from "node:tls";
import { createCertificates, type LeafOptions } from "../../../src/cli/certificate.ts";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { fixedResolver, startRawReceiver, startSender } from "./test-sender.ts";

const day = 86_400_000;
const ok = (socket: { write(text: string): void }) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");

async function issued(names: readonly string[], options: Partial<LeafOptions> = {}): Promise<TlsOptions> {
  const leaf = await (await testAuthority()).issue(names, { now: Date.now(), ...options });
  return { cert: leaf.certificate, key: leaf.key };
}

async function codeFor(t: Parameters<typeof startRawReceiver>[0], tls: TlsOptions, name?: string): Promise<string> {
  const receiver = await startRawReceiver(t, ok, { tls });
  const sender = await startSender(t, fixedResolver({ "hook.example": ["127.10.1.1"], "a.b.example": ["127.10.1.1"] }));
  return (await sender.post(name === undefined ? receiver.url : `https://${name}:${receiver.port}/`)).code;
}

test("an expired certificate is refused as such", async (t) => {
  assert.equal(await codeFor(t, await issued(["127.10.1.1"], { now: Date.now() - 9 * day, days: 2 })), "tls_expired");
});

test("a certificate of the future is refused as such", async (t) => {
  assert.equal(await codeFor(t, await issued(["127.10.1.1"], { now: Date.now() + day })), "tls_not_yet_valid");
});

test("a certificate for another name or address is refused as such", async (t) => {
  assert.equal(await codeFor(t, await issued(["127.10.1.2", "hook.example"])), "tls_name_mismatch");
  assert.equal(await codeFor(t, await issued(["other.example"]), "hook.example"), "tls_name_mismatch");
  assert.equal(await codeFor(t, await issued(["*.example"]), "a.b.example"), "tls_name_mismatch");
  assert.equal(await codeFor(t, await issued(["*.b.example"]), "a.b.example"), "delivered");
});

test("a name in the subject alone counts for nothing", async (t) => {
  assert.equal(await codeFor(t, await issued([], { commonName: "hook.example" }), "hook.example"), "tls_name_mismatch");
});

test("a certificate of an unknown authority is refused", async (t) => {
  const foreign = await createCertificates(["127.10.1.1"], { now: Date.now() });
  assert.equal(await codeFor(t, { cert: foreign.certificate, key: foreign.key }), "tls_untrusted");
});

test("a certificate that is for clients only is refused", async (t) => {
  assert.equal(await codeFor(t, await issued(["127.10.1.1"], { purpose: "client" })), "tls_untrusted");
});

test("TLS 1.1 is refused", async (t) => {
  const old: TlsOptions = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  assert.equal(await codeFor(t, { ...(await issued(["127.10.1.1"])), ...old }), "tls_failed");
});

test("TLS 1.2 and 1.3 are spoken, and a session is taken up again", async (t) => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    const resumed: boolean[] = [];
    const receiver = await startRawReceiver(t, (socket) => socket.end("HTTP/1.1 204 No Content\r\n\r\n"), {
      tls: { maxVersion },
      greet: (socket) => resumed.push((socket as TLSSocket).isSessionReused()),
    });
    const sender = await startSender(t);
    for (let i = 0; i < 3; i++) assert.equal((await sender.post(receiver.url)).code, "delivered");
    sender.drop(receiver.url);
    assert.equal((await sender.post(receiver.url)).code, "delivered");
    assert.deepEqual(resumed, [false, true, true, false], maxVersion);
  }
});

test("no environment variable turns the check of certificates off", async (t) => {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  const foreign = await createCertificates(["127.10.1.1"], { now: Date.now() });
  assert.equal(await codeFor(t, { cert: foreign.certificate, key: foreign.key }), "tls_untrusted");
});

test("a demand for a client certificate is a failure", async (t) => {
  const tls = { ...(await issued(["127.10.1.1"])), requestCert: true, rejectUnauthorized: true };
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    assert.ok(["tls_failed", "closed_early"].includes(await codeFor(t, { ...tls, maxVersion })), maxVersion);
  }
});

test("plain HTTP on the port of TLS is a failure", async (t) => {
  const receiver = await startRawReceiver(t, () => {}, {
    plain: true,
    greet: (socket) => socket.end("HTTP/1.1 400 No\r\n\r\n"),
  });
  const sender = await startSender(t);
  assert.equal((await sender.post(receiver.url.replace("http:", "https:"))).code, "tls_failed");
});

test("a handshake that never ends is cut by the deadline", async (t) => {
  const server = createServer(() => {}).listen(0, "127.10.1.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const sender = await startSender(t);
  const outcome = await sender.post(`https://127.10.1.1:${port}/`, { timeoutMs: 150 });
  assert.equal(outcome.code, "connect_timeout");
  assert.match(outcome.detail ?? "", /handshake/);
});
