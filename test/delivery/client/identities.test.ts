// Client certificates and own authorities: receivers that demand and record certificates, against the sender.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TLSSocket, TlsOptions } from "node:tls";
import { readClientCertificate, readOwnAuthorities } from "../../../src/delivery/guard/certificates.ts";
import { createAuthority } from "../../../src/cli/certificate.ts";
import { identityOf, type TlsIdentity } from "../../../src/delivery/attempt/tls-identity.ts";
import { exchangeFailure, tlsFailure } from "../../../src/delivery/client/failure.ts";
import type { Endpoint } from "../../../src/model/subscription.ts";
import { testAuthority } from "../../fixtures/https-receiver.ts";
import { type Context, startRawReceiver, startSender } from "./test-client.ts";

const bare: Endpoint = { url: "", timeoutMs: null, apiKey: null, basicAuth: null };
/** Issues what clients show; no receiver's certificate is of it. */
const clients = await createAuthority(Date.now());

async function client(commonName: string, authority = clients): Promise<TlsIdentity> {
  const { certificate, key } = await authority.issue([], { now: Date.now(), commonName, purpose: "client" });
  const clientCertificate = readClientCertificate({ certificate, privateKey: key }, Date.now());
  if (typeof clientCertificate === "string") assert.fail(clientCertificate);
  return identityOf({ ...bare, clientCertificate })!;
}

function trusting(ca: string): TlsIdentity {
  const authorities = readOwnAuthorities(ca, Date.now());
  if (typeof authorities === "string") assert.fail(authorities);
  return identityOf({ ...bare, authorities })!;
}

/** Whom each request came from: the name in the certificate of its connection. `closing`: ends each connection. */
async function startDemanding(t: Context, tls: TlsOptions = {}, closing = false) {
  const from: string[] = [];
  const sockets: TLSSocket[] = [];
  const answer = `HTTP/1.1 204 No Content\r\n${closing ? "connection: close\r\n" : ""}\r\n`;
  const receiver = await startRawReceiver(
    t,
    (socket) => {
      const { subject } = (socket as TLSSocket).getPeerCertificate() as { subject?: { CN: string } };
      from.push(subject?.CN ?? "nobody");
      sockets.push(socket as TLSSocket);
      if (closing) socket.end(answer);
      else socket.write(answer);
    },
    { tls: { requestCert: true, rejectUnauthorized: false, ca: clients.ca, ...tls } },
  );
  return { url: `${receiver.url}/hook`, from, sockets };
}

for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
  test(`a receiver that demands a client certificate gets it, and refuses another's and none, in ${maxVersion}`, async (t) => {
    const strict = { rejectUnauthorized: true, maxVersion };
    const { url, from } = await startDemanding(t, strict);
    const sender = await startSender(t);
    const [ours, foreign] = [await client("ours"), await client("foreign", await createAuthority(Date.now()))];
    assert.equal((await sender.post(url, { identity: ours })).code, "delivered");
    // Node's server cuts the connection without a word.
    const refused = await sender.post(url, { identity: foreign });
    assert.ok(["connect_reset", "closed_early", "tls_failed"].includes(refused.code), refused.code);
    assert.equal((await sender.post(url)).code, "tls_failed");
    assert.deepEqual(from, ["ours"]);
  });
}

test("requests of different certificates to one host never share a connection, nor a session", async (t) => {
  for (const closing of [false, true]) {
    const { url, from, sockets } = await startDemanding(t, {}, closing);
    const sender = await startSender(t);
    const [a, b, own] = [await client("a"), await client("b"), trusting((await testAuthority()).ca)];
    const turns: readonly (readonly [string, TlsIdentity | null])[] = [
      ["a", a],
      ["b", b],
      ["nobody", null],
      ["nobody", own],
    ];
    const order = [0, 1, 2, 3, 3, 2, 1, 0, 1, 0].map((index) => turns[index]!);
    for (const [, identity] of order) {
      assert.equal((await sender.post(url, { identity })).code, "delivered");
    }
    assert.deepEqual(
      from,
      order.map(([name]) => name),
    );
    if (!closing) assert.equal(new Set(sockets).size, 4, "each has one connection, and uses it again");
    else
      assert.ok(
        sockets.some((socket) => socket.isSessionReused()),
        "sessions were resumed",
      );
  }
});

test("attempts that wait for a connection together get one of their own certificate", async (t) => {
  const { url, from } = await startDemanding(t);
  const sender = await startSender(t);
  const [a, b] = [await client("a"), await client("b")];
  const asked = Array.from({ length: 40 }, (_, index) => [index, index % 2 === 0 ? a : b] as const);
  await Promise.all(asked.map(([index, identity]) => sender.post(`${url}/${index}`, { identity })));
  assert.deepEqual([from.filter((name) => name === "a").length, from.filter((name) => name === "b").length], [20, 20]);
});

test("a certificate that was replaced is shown from the next attempt on, and the old one's connection is closed", async (t) => {
  const { url, from, sockets } = await startDemanding(t);
  const sender = await startSender(t);
  const [before, after] = [await client("before"), await client("after")];
  await sender.post(url, { identity: before });
  const closed = new Promise((resolve) => sockets[0]!.once("close", resolve));
  sender.drop(url, before);
  await closed;
  await sender.post(url, { identity: after });
  assert.deepEqual(from, ["before", "after"]);
});

test("own authorities stand in for all others, and their connections serve nobody else", async (t) => {
  const [theirs, usual] = [await createAuthority(Date.now()), (await testAuthority()).ca];
  const address = "127.10.0.9";
  const leaf = await theirs.issue([address], { now: Date.now() });
  const receiver = await startRawReceiver(t, (socket) => socket.write("HTTP/1.1 204 No Content\r\n\r\n"), {
    address,
    tls: { cert: leaf.certificate, key: leaf.key },
  });
  const sender = await startSender(t);
  assert.equal((await sender.post(receiver.url, { identity: trusting(theirs.ca) })).code, "delivered");
  assert.equal((await sender.post(receiver.url)).code, "tls_untrusted", "the open connection is not for others");
  assert.equal((await sender.post(receiver.url, { identity: trusting(usual) })).code, "tls_untrusted");
  const { url } = await startDemanding(t);
  assert.equal((await sender.post(url, { identity: trusting(theirs.ca) })).code, "tls_untrusted");
  assert.equal((await sender.post(url, { identity: trusting(usual) })).code, "delivered");
});

test("an identity that TLS does not take any more is told, and no connection is opened", async (t) => {
  const { url, from } = await startDemanding(t);
  const sender = await startSender(t);
  const broken = { name: "broken", client: { certificate: "none", privateKey: "none" }, authorities: null };
  const outcome = await sender.post(url, { identity: broken });
  assert.equal(outcome.code, "tls_failed");
  assert.match(outcome.detail ?? "", /Give it new ones/);
  assert.deepEqual(from, []);
});

test("a receiver's word that it refuses the client certificate is passed on", () => {
  for (const name of ["TLSV1_ALERT_UNKNOWN_CA", "SSL/TLS_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_EXPIRED"]) {
    const error = Object.assign(new Error("alert"), { code: `ERR_SSL_${name}` });
    const detail = `The receiver refused the client certificate (ERR_SSL_${name}).`;
    const failure = { code: "tls_failed", detail };
    assert.deepEqual([tlsFailure(error), exchangeFailure(error)], [failure, failure], name);
  }
});
