// Certificates that owners give: what is taken, what may be shown of it, and the sentence for each thing that is wrong.

import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { readClientCertificate, readOwnAuthorities } from "../../../src/delivery/guard/certificates.ts";
import { createAuthority } from "../../../src/cli/certificate.ts";

const now = Date.UTC(2026, 5, 17, 10);
const day = 86_400_000;
const authority = await createAuthority(now);
const issue = (more = {}) => authority.issue([], { now, commonName: "belfry", purpose: "client", ...more });
const leaf = await issue();

const told = (read: unknown): string => {
  assert.equal(typeof read, "string", JSON.stringify(read));
  return String(read);
};

test("a certificate with its key is taken, and its subject, end and fingerprint may be shown", async () => {
  const text = `Bag Attributes\n  friendlyName: x\n${leaf.certificate}\r\n`;
  const read = readClientCertificate({ certificate: text, privateKey: leaf.key }, now);
  if (typeof read === "string") assert.fail(read);
  const x509 = new X509Certificate(leaf.certificate);
  assert.deepEqual(
    [read.subject, read.notAfter, read.fingerprint],
    ["CN=belfry", x509.validToDate.getTime(), x509.fingerprint256.replaceAll(":", "").toLowerCase()],
  );
  assert.equal(read.certificate.trim(), leaf.certificate.trim(), "what stands around it is not kept");
  const chain = readClientCertificate(
    { certificate: `${leaf.certificate}\n${authority.ca}`, privateKey: leaf.key },
    now,
  );
  assert.equal(typeof chain, "object");
});

test("keys in the older forms of OpenSSL are taken", () => {
  const older = createPrivateKey(leaf.key).export({ type: "sec1", format: "pem" }).toString();
  assert.match(older, /BEGIN EC PRIVATE KEY/);
  assert.equal(typeof readClientCertificate({ certificate: leaf.certificate, privateKey: older }, now), "object");
});

test("each thing that is wrong with a client certificate is told, and nothing of a key is", async () => {
  const other = await issue({ commonName: "other" });
  const [ended, early, weak] = await Promise.all([
    issue({ now: now - 9 * day, days: 2 }),
    issue({ now: now + day }),
    issue({ rsaBits: 1024 }),
  ]);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const locked = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();
  const cases: readonly (readonly [certificate: string, privateKey: string, says: RegExp])[] = [
    ["nonsense", leaf.key, /No certificate was found/],
    [leaf.certificate.replace(/\n.{20}/, "\n"), leaf.key, /Certificate 1 cannot be read/],
    [`${leaf.certificate}\n${leaf.key}`, leaf.key, /private key stands among the certificates/],
    [leaf.certificate, "nonsense", /No private key was found/],
    [leaf.certificate, `${leaf.key}\n${other.key}`, /several private keys/],
    [leaf.certificate, leaf.key.replace(/\n.{20}/, "\n"), /private key cannot be read/],
    [leaf.certificate, locked, /passphrase/],
    [leaf.certificate, other.key, /not that of the certificate/],
    [`${authority.ca}\n${leaf.certificate}`, leaf.key, /that of certificate 2\. Send that one first/],
    [`${leaf.certificate}\n${other.certificate}`, leaf.key, /Certificate 2 did not issue certificate 1/],
    [ended.certificate, ended.key, /Certificate 1 \(CN=belfry\) expired on 2026-06-10/],
    [early.certificate, early.key, /is not valid before 2026-06-18/],
    [weak.certificate, weak.key, /TLS does not take this certificate/],
    [leaf.certificate.repeat(11), leaf.key, /There are 11 certificates. Send 10 at most/],
  ];
  for (const [certificate, privateKey, says] of cases) {
    const sentence = told(readClientCertificate({ certificate, privateKey }, now));
    assert.match(sentence, says);
    assert.doesNotMatch(sentence, /[A-Za-z0-9+/]{30}/, "nothing of a key or a certificate is quoted");
  }
});

test("authorities are taken together, and what is none is refused", async () => {
  const second = await createAuthority(now);
  const read = readOwnAuthorities(`${authority.ca}\n${second.ca}`, now);
  if (typeof read === "string") assert.fail(read);
  assert.deepEqual(
    read.facts.map(({ subject }) => subject),
    ["CN=Belfry throw-away authority", "CN=Belfry throw-away authority"],
  );
  assert.notEqual(read.facts[0]!.fingerprint, read.facts[1]!.fingerprint);
  assert.match(told(readOwnAuthorities("", now)), /No certificate was found/);
  assert.match(
    told(readOwnAuthorities(`${authority.ca}\n${leaf.certificate}`, now)),
    /Certificate 2 is no authority's/,
  );
  assert.match(told(readOwnAuthorities(authority.ca, now + 400 * day)), /expired on/);
});
