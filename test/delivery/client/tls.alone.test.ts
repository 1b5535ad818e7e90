// Certificates and TLS: every peer of test/fixtures/tls-peers.ts against the sender [reliability: TLS].

import assert from "node:assert/strict";
import { test } from "node:test";
import { createSecureContext, type TLSSocket, type TlsOptions } from "node:tls";
import { exchangeFailure } from "../../../src/delivery/client/failure.ts";
import type { OutcomeCode } from "../../../src/model/attempt.ts";
import { startHostileReceiver } from "../../fixtures/hostile-receiver.ts";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { createSteeredClock } from "../../fixtures/steered-clock.ts";
import { type TlsPeer, tlsPeers } from "../../fixtures/tls-peers.ts";
import { until } from "../../fixtures/until.ts";
import { type Context, fixedResolver, startRawReceiver, startSender } from "./test-client.ts";

/** So that a session outlives a change of the certificate, as behind a load balancer. */
const ticketKeys = Buffer.alloc(48, 7);

const expected: Readonly<Record<TlsPeer, readonly [code: OutcomeCode, detail?: RegExp]>> = {
  "a good certificate": ["delivered"],
  "a wildcard one level up": ["delivered"],
  "an expired certificate": ["tls_expired"],
  "a certificate of the future": ["tls_not_yet_valid"],
  "a certificate for another name": ["tls_name_mismatch"],
  "a certificate for another address": ["tls_name_mismatch"],
  "a wildcard two levels up": ["tls_name_mismatch"],
  "a name in the subject alone": ["tls_name_mismatch"],
  "a self-signed certificate": ["tls_untrusted"],
  "an unknown authority": ["tls_untrusted"],
  "a missing intermediate": ["tls_untrusted"],
  "a certificate for clients only": ["tls_untrusted"],
  "a key of 1,024 bits": ["tls_untrusted"],
  "TLS 1.1 only": ["tls_failed", /must speak TLS 1\.2/],
  "a client certificate demanded in TLS 1.2": ["tls_failed", /client certificate/],
  "a client certificate demanded in TLS 1.3": ["tls_failed", /demands a client certificate/],
  "HTTP/2 only": ["tls_failed", /HTTP\/1\.1/],
  "HTTP/2 preferred": ["delivered"],
  "plain HTTP on the port of TLS": ["tls_failed", /not speak TLS/],
  "a handshake that never ends": ["connect_timeout", /handshake/],
};

/** `endsAfterMs`: so much time passes once the peer has taken the connection. All others end by themselves, and none does. */
async function outcomeFor(t: Context, peer: TlsPeer, endsAfterMs: number | null = null) {
  const { host, ...options } = await tlsPeers[peer]("127.10.1.1");
  const receiver = await startHostileReceiver(options);
  t.after(() => receiver.close());
  const clock = createSteeredClock();
  const sender = await startSender(t, fixedResolver({ [host]: ["127.10.1.1"] }), {}, clock);
  const sent = sender.post(`https://${host}:${receiver.port}/`, { timeoutMs: 15_000 });
  if (endsAfterMs !== null) {
    await until("a connection", () => receiver.open() > 0);
    await clock.pass(endsAfterMs);
  }
  return { receiver, outcome: await sent };
}

for (const peer of Object.keys(expected) as TlsPeer[]) {
  const [code, detail] = expected[peer];
  test(`${peer}: ${code}`, async (t) => {
    const endsAfterMs = peer === "a handshake that never ends" ? 5_000 : null;
    const { receiver, outcome } = await outcomeFor(t, peer, endsAfterMs);
    assert.equal(outcome.code, code, outcome.detail ?? "");
    if (detail !== undefined) assert.match(outcome.detail ?? "", detail);
    assert.equal(outcome.durationMs, endsAfterMs ?? 0);
    assert.equal(receiver.requests.length, code === "delivered" ? 1 : 0);
  });
}

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

test("a certificate that was changed is seen within two minutes, however busy the lane is", async (t) => {
  const authority = await testAuthority();
  const [good, expired] = await Promise.all(
    [Date.now(), Date.now() - 9 * 86_400_000].map((now) => authority.issue(["hook.example"], { now, days: 2 })),
  );
  let leaf = good!;
  const tls: TlsOptions = {
    SNICallback: (_name, done) =>
      done(null, createSecureContext({ cert: leaf.certificate, key: leaf.key, ticketKeys })),
    ticketKeys,
  };
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    leaf = good!;
    const clock = createSteeredClock(Date.now());
    const receiver = await startRawReceiver(t, "answers 200", { tls: { ...tls, maxVersion } });
    const sender = await startSender(t, fixedResolver({ "hook.example": ["127.10.1.1"] }), {}, clock);
    const post = async () => (await sender.post(`https://hook.example:${receiver.port}/`)).code;
    assert.equal(await post(), "delivered");
    leaf = expired!;
    assert.equal(await post(), "delivered", "the connection of before");
    let code = "delivered";
    for (let seconds = 0; seconds < 120 && code === "delivered"; seconds += 10) {
      await clock.pass(10_000);
      code = await post();
    }
    assert.equal(code, "tls_expired", maxVersion);
  }
});

test("no environment variable turns the check of certificates off", async (t) => {
  process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  t.after(() => delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"]);
  for (const peer of ["a self-signed certificate", "an unknown authority"] as const) {
    assert.equal((await outcomeFor(t, peer)).outcome.code, "tls_untrusted");
  }
});

test("any alert after the handshake says why, and an end or a reset does not", () => {
  const of = (code: string) => exchangeFailure(Object.assign(new Error("x"), { code }));
  for (const [code, detail] of [
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", /demands a client certificate/],
    ["ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE", /client certificate/],
    ["ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE", /BAD_CERTIFICATE/],
    ["ERR_SSL_TLSV1_ALERT_ACCESS_DENIED", /ACCESS_DENIED/],
    ["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", /INTERNAL_ERROR/],
    ["EPROTO", /EPROTO/],
  ] as const) {
    assert.equal(of(code).code, "tls_failed", code);
    assert.match(of(code).detail, detail);
    assert.doesNotMatch(of(code).detail, /TLS 1\.2/);
  }
  for (const error of [
    null,
    Object.assign(new Error("x"), { code: "ECONNRESET" }),
    Object.assign(new Error("x"), { code: "EPIPE" }),
  ]) {
    assert.equal(exchangeFailure(error).code, "closed_early");
  }
});
