import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeyReader } from "../../../../src/dialects/butterflymx/records/key-secrets.ts";
import type { RestCall } from "../../../../src/dialects/butterflymx/rest-route.ts";
import type { Sight, VirtualKey } from "../../../../src/dialects/butterflymx/records/sight.ts";
import { principals } from "../fixture.ts";
import { north } from "../place.ts";

const keychain = [...north.keychains][0]!;
const key: VirtualKey = { id: "7", keychain };
const sight: Sight = { model: north, buildings: new Set(north.buildings), selves: [keychain.tenant!] };
const call: RestCall = {
  who: principals["duncan"]!,
  params: {},
  query: {},
  body: {},
  origin: "http://127.0.0.1:8080",
};

test("a picture stands where people reach the server; else where the client did", async () => {
  const expected = [
    [null, "http://127.0.0.1:8080/qr/token.png"],
    ["https://belfry.example", "https://belfry.example/qr/token.png"],
    ["https://example.org/belfry", "https://example.org/belfry/qr/token.png"],
  ] as const;
  for (const [publicUrl, url] of expected) {
    const reader = createKeyReader({
      registry: { pins: async () => new Map([["7", "123456"]]), audit: async () => {} },
      clock: { now: () => 0 },
      qrToken: () => "token",
      publicUrl,
    });
    assert.equal((await reader.secrets(sight, call, [key]))(key).qrCodeUrl, url);
  }
});
