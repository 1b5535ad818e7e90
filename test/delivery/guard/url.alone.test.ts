import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../fixtures/properties.ts";
import { createPolicy } from "../../../src/delivery/guard/policy.ts";
import { judgeUrl, type Target } from "../../../src/delivery/guard/url.ts";
import { heldMemory } from "../../fixtures/held-memory.ts";

const closed = createPolicy();
const http = createPolicy({ allowHttp: true, allowPorts: "80, 9-12" });

function target(url: string, policy = closed): Target {
  const verdict = judgeUrl(url, policy);
  assert.ok(verdict.allowed, url);
  return verdict.target;
}

function refused(url: string, code: "url_forbidden" | "address_forbidden" | null = null, policy = closed): void {
  const verdict = judgeUrl(url, policy);
  assert.ok(!verdict.allowed, JSON.stringify(url));
  if (code !== null) assert.equal(verdict.code, code, url);
}

test("the name in a URL is kept without the rest of it", async () => {
  const nameIn = (number: number) => target(`https://receiver-${number}.example/${"ü".repeat(2_000)}`).hostname;
  const { all } = await heldMemory();
  const names = Array.from({ length: 200 }, (_, number) => nameIn(number));
  const each = ((await heldMemory()).all - all) / names.length;
  assert.equal(names.at(-1), "receiver-199.example");
  assert.ok(each < 3_000, `${each} bytes each`);
});

test("every spelling of a forbidden address is refused", () => {
  const hosts = `
    127.1 127.0.1 0x7f.1 0x7f000001 0177.0.0.1 017700000001 2130706433 127.000.000.001 127.0.0.1. ①②⑦.⓪.⓪.① 127。0。0。1
    １２７.０.０.１ 127%2e0%2e0%2e1 %31%32%37.0.0.1 0 0.0.0.0 0.1.2.3 4294967295 0xa9fea9fe 2852039166 0251.0376.0251.0376
    169.254.43518 100.100.100.200 192.0.0.192 198.18.0.1 240.0.0.1 192.31.196.1 192.52.193.1 192.175.48.1 168.63.129.16
    [::] [::1] [0000::1] [::127.0.0.1] [::ffff:127.0.0.1] [0:0:0:0:0:ffff:a9fe:a9fe] [::ffff:0:127.0.0.1]
    [64:ff9b::169.254.169.254] [64:ff9b:1::a9fe:a9fe] [2001:0:a9fe:a9fe::1] [2002:7f00:1::] [2001:2::1] [2001:10::1]
    [5f00::1] [3fff::1] [fec0::1] [2620:4f:8000::1] [100:0:0:1::1] [2a00:1450:4001::5efe:a9fe:a9fe] [febf::1] [ff02::1]
    [fd00:ec2::254] [fd20:ce::254]`;
  for (const host of hosts.trim().split(/\s+/)) refused(`https://${host}/`, "address_forbidden");
});

test("what is no host at all is refused", () => {
  const hosts = `0o177.0.0.1 256.256.256.256 4294967296 425.510.425.510 [127.0.0.1] [::1%25lo] [fe80::1%eth0]
    localhost%00.example.com a..b a.. ex*ample.com ${"a".repeat(64)}.example xn--.example xn--localhost-.example
    ${"abcdefg.".repeat(32)}example good.example%40127.0.0.1 a%2fb a!b.example`;
  for (const host of hosts.trim().split(/\s+/)) refused(`https://${host}/`, "url_forbidden");
});

test("names that only mean something inside a network are refused", () => {
  const hosts = `localhost LOCALHOST ⓛocalhost loc\u00adalhost localhost. foo.localhost ip6-localhost metadata db
    metadata.google.internal metadata.tencentyun.com host.docker.internal gateway.docker.internal kubernetes.default.svc
    printer.local box.home.arpa abc.onion localhost.localdomain`;
  for (const host of hosts.trim().split(/[ \n]+/)) refused(`https://${host}/`, "address_forbidden");
});

test("the operator opens reserved names by naming them whole or by how they end", () => {
  const allowNames = [
    "homeassistant.local",
    "receiver",
    "BMS.internal.",
    "*.svc.cluster.local",
    "host.docker.internal",
  ];
  const policy = createPolicy({ allowNames: [...allowNames, ".lan.internal", "küche.local"] });
  for (const [host, hostname = host] of [
    ["homeassistant.local"],
    ["receiver"],
    ["RECEIVER.", "receiver"],
    ["BMS.internal.", "bms.internal"],
    ["hooks.apps.svc.cluster.local"],
    ["host.docker.internal"],
    ["a.lan.internal"],
    ["küche.local", "xn--kche-0ra.local"],
  ] as const) {
    refused(`https://${host}/`, "address_forbidden");
    assert.equal(target(`https://${host}/`, policy).hostname, hostname);
  }
  for (const host of [
    "other.internal",
    "x.homeassistant.local",
    "xreceiver",
    "receiver.local",
    "svc.cluster.local",
    "xsvc.cluster.local",
    "a.xlan.internal",
    "gateway.docker.internal",
    "localhost",
    "metadata.google.internal",
  ]) {
    refused(`https://${host}/`, "address_forbidden", policy);
  }
});

test("a name that cannot be meant is refused at the start, with what to write instead", () => {
  for (const name of [
    "*",
    "*.",
    "a*.local",
    "*.*.local",
    "a b",
    "https://bms.internal",
    "bms.internal:443",
    "10.1.2.3",
  ]) {
    assert.throws(
      () => createPolicy({ allowNames: [name] }),
      /^SettingError: BELFRY_ALLOW_NAMES: .* Write bms\.internal/,
      name,
    );
  }
});

test("public addresses and names are allowed", () => {
  const hosts = `172.32.0.1 100.128.0.1 192.0.1.1 [2606:4700:4700::1111] [2001:200::1] [3fff:1000::1] [64:ff9b::101:101]
    example.com a_b.example.com xn--mnchen-3ya.example.com münchen.example.com 127.0.0.1.nip.io metadata-x.example.com`;
  for (const host of hosts.trim().split(/\s+/)) target(`https://${host}/`);
});

test("user information is refused, also when empty", () => {
  for (const start of [
    "good.example@127.0.0.1",
    "user:pass@h.example",
    ":@h.example",
    "@h.example",
    "u%40v@h.example",
  ]) {
    refused(`https://${start}/`, "url_forbidden");
  }
  target("https://h.example/@me?to=a@b");
});

test("texts that parsers disagree on are refused", () => {
  for (const url of [
    "https://a.example:443\\@b.example/",
    "https://a.example#\\@b.example/",
    "https://a.example\\.b.example/",
    "https:h.example/",
    "https:/h.example/",
    "https:///h.example/",
    "https:////h.example/",
    "//h.example/",
    "h.example",
    "",
    " https://h.example/",
    "https://h.example/ ",
    "https://h.example/a b",
    "https://h.exa\tmple/",
    "https://h.example/\r\nx: y",
    "https://h.example/\u0000",
    "https://h.example/\u2028",
    "https://h.example/\ud800",
    "https://?x",
    "https://",
    `https://h.example/${"a".repeat(2048)}`,
  ]) {
    refused(url, "url_forbidden");
  }
});

test("a fragment is refused", () => {
  for (const url of ["https://h.example/#x", "https://h.example#@evil.example", "https://h.example/?a#"]) {
    refused(url, "url_forbidden");
  }
});

test("only https is open, and http where the operator allows it", () => {
  for (const scheme of [
    "file",
    "ftp",
    "gopher",
    "dict",
    "ldap",
    "jar",
    "data",
    "javascript",
    "ws",
    "wss",
    "unix",
    "FILE",
  ]) {
    refused(`${scheme}://h.example/`, "url_forbidden");
    refused(`${scheme}:h.example`, "url_forbidden", http);
  }
  refused("http://h.example:8080/", "url_forbidden");
  assert.equal(target("http://h.example/", http).tls, false);
  assert.equal(target("HTTPS://H.example/").host, "h.example");
});

test("ports that speak something else are refused whatever is set", () => {
  const policy = createPolicy({ allowPorts: "1-65535" });
  const ports = "0 22 25 53 110 143 465 587 2049 2375 2379 3306 5432 5672 6379 8500 9200 10250 11211 27017 65536 -1 x";
  for (const port of ports.split(" ")) refused(`https://h.example:${port}/`, "url_forbidden", policy);
});

test("443 and ports from 1024 up are open, others where the operator names them", () => {
  for (const port of [443, 1024, 8080, 8443, 65_535]) {
    assert.equal(target(`https://h.example:${port}/`).port, port);
  }
  for (const port of [1, 80, "080", 1023]) refused(`https://h.example:${port}/`, "url_forbidden");
  for (const port of [9, 12, 80]) assert.equal(target(`https://h.example:${port}/`, http).port, port);
  for (const port of [8, 13, 81]) refused(`https://h.example:${port}/`, "url_forbidden", http);
  assert.equal(target("https://h.example:/").port, 443);
});

test("the target is what was judged, and the query stays as it was written", () => {
  assert.deepEqual(target("https://H.Example.com.:8443/a/../b%20c?q='\"<x>%zz&r=/../"), {
    tls: true,
    hostname: "h.example.com",
    isAddress: false,
    port: 8443,
    host: "h.example.com.:8443",
    path: "/b%20c?q='\"<x>%zz&r=/../",
    key: "https:h.example.com:8443",
  });
  assert.equal(target("https://h.example").path, "/");
  assert.equal(target("https://h.example?a").path, "/?a");
  assert.equal(target("https://h.example/?").path, "/?");
  assert.equal(target("https://h.example/?ü").path, "/?%C3%BC");
  assert.equal(target("https://[2606:4700:4700::1111]/").hostname, "2606:4700:4700::1111");
});

test("whatever is allowed can stand in a request line and leads to one host", () => {
  fc.assert(
    fc.property(fc.webUrl({ withQueryParameters: true, withFragments: false }), fc.string(), (url, tail) => {
      for (const text of [url, url + tail, `https://${tail}`]) {
        const verdict = judgeUrl(text, closed);
        if (!verdict.allowed) continue;
        assert.match(verdict.target.path, /^\/[!-~]*$/);
        assert.match(verdict.target.host, /^[!-~]+$/);
        assert.equal(new URL(`https://${verdict.target.host}`).host, verdict.target.host);
      }
    }),
  );
});
