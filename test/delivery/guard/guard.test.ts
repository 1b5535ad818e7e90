import assert from "node:assert/strict";
import { test } from "node:test";
import { createDestinationGuard } from "../../../src/delivery/guard/guard.ts";
import { createPolicy } from "../../../src/delivery/guard/policy.ts";
import type { Resolver } from "../../../src/delivery/guard/resolver.ts";

const names: Record<string, readonly string[]> = {
  "good.example": ["93.184.216.34", "2606:4700:4700::1111"],
  "inside.example": ["10.0.0.7"],
  "mixed.example": ["93.184.216.34", "::1"],
  "127.0.0.1.nip.io": ["127.0.0.1"],
};
const asked: string[] = [];
const resolver: Resolver = {
  resolve(name, organization) {
    asked.push(`${name} for ${organization}`);
    const addresses = names[name];
    return Promise.resolve(addresses ? { found: true, addresses } : { found: false, code: "dns_not_found" });
  },
};
const judge = createDestinationGuard(createPolicy(), resolver);

test("a name is judged by all its addresses", async () => {
  assert.deepEqual(await judge.url("https://good.example/", "org_a"), { allowed: true });
  for (const name of ["inside.example", "mixed.example", "127.0.0.1.nip.io"]) {
    const verdict = await judge.url(`https://${name}/`, "org_a");
    assert.ok(!verdict.allowed);
    assert.equal(verdict.code, "address_forbidden");
    assert.doesNotMatch(verdict.message, /10\.|127|::1/);
  }
});

test("a name that does not resolve is allowed for now", async () => {
  asked.length = 0;
  assert.deepEqual(await judge.url("https://later.example/", "org_a"), { allowed: true });
  assert.deepEqual(asked, ["later.example for org_a"]);
});

test("an address needs no name server", async () => {
  asked.length = 0;
  assert.equal((await judge.url("https://10.0.0.7/", "org_a")).allowed, false);
  assert.equal((await judge.url("https://93.184.216.34/", "org_a")).allowed, true);
  assert.deepEqual(asked, []);
});

test("forbidden by a literal and forbidden by a name read the same", async () => {
  assert.deepEqual(await judge.url("https://10.0.0.7/", "org_a"), await judge.url("https://inside.example/", "org_a"));
});

test("headers are judged by the same guard", () => {
  assert.equal(judge.header("X-Api-Key", "secret").allowed, true);
  assert.equal(judge.header("Host", "x").allowed, false);
  assert.equal(judge.header("Authorization", "x", true).allowed, false);
});

test("what a tool shows in place of a secret is not taken for it, in a header or a URL", async () => {
  for (const value of ["********", "[REDACTED]", "Bearer ****", "sk_****9f2c"]) {
    const verdict = judge.header("x-api-key", value);
    assert.ok(!verdict.allowed, value);
    assert.match(verdict.message, /^The value of x-api-key must be the secret itself/);
  }
  assert.equal(judge.header("x-api-key", "real*value").allowed, true);
  for (const path of ["…", "%E2%80%A6", "hook?token=***", "hook?a=b&token=••••", "hook?********"]) {
    const verdict = await judge.url(`https://good.example/${path}`, "org_a");
    assert.ok(!verdict.allowed, path);
    assert.match(verdict.message, /not whole/);
  }
  assert.equal((await judge.url("https://good.example/hook?mode=hidden&x=*", "org_a")).allowed, true);
});
