import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Ingest, IngestResult, IngestItem } from "../../../src/ingest/ingest-port.ts";
import { ask, type House, keyFor, openHouse } from "../../http/fixture.ts";

/** Accepts what says ok, knows what says dup, rejects the rest. */
const seen: { what: string; items: readonly IngestItem[]; more: unknown }[] = [];
const judge = (items: readonly IngestItem[]): IngestResult => {
  const says = (word: string) => items.filter(({ value }) => (value as { say?: string })?.say === word).length;
  const rejected = items.flatMap(({ value }, index) =>
    ["ok", "dup"].includes((value as { say?: string })?.say ?? "") ? [] : [{ index, code: "INVALID", message: "No." }],
  );
  return { accepted: says("ok"), duplicates: says("dup"), rejected };
};
const acceptor: Ingest = {
  async observations(items, who) {
    seen.push({ what: "observations", items, more: who.organization });
    return judge(items);
  },
  async events(dialect, items, addressee) {
    seen.push({ what: dialect, items, more: addressee });
    return judge(items);
  },
};

describe("the way in over HTTP", () => {
  let house: House;
  let key: string;
  const send = (
    body: unknown,
    more: { text?: string | Buffer; type?: string; headers?: Record<string, string>; url?: string; key?: string } = {},
  ) =>
    ask(house, `POST ${more.url ?? "/v1/observations"}`, {
      key: more.key ?? key,
      ...(more.text === undefined ? { body } : { text: more.text }),
      headers: { "content-type": more.type ?? "application/json", ...more.headers },
    });

  before(async () => {
    house = await openHouse({ acceptor, largestBody: 100_000 });
    await house.store.registry.ensureOrganization("org_a", "A", {
      at: 0,
      actor: "test",
      action: "x",
      object: "org_a",
      detail: null,
    });
    key = await keyFor(house, "ingest", "org_a");
  });
  beforeEach(() => void seen.splice(0));
  after(() => house.close());

  test("202 when anything was accepted or known, else 422 with the same body", async () => {
    const cases: readonly (readonly [unknown, number, number, number, number])[] = [
      [{ say: "ok" }, 202, 1, 0, 0],
      [{ say: "dup" }, 202, 0, 1, 0],
      [[{ say: "ok" }, { say: "no" }], 202, 1, 0, 1],
      [{ say: "no" }, 422, 0, 0, 1],
      [[], 422, 0, 0, 0],
      ["text", 422, 0, 0, 1],
    ];
    for (const [body, status, accepted, duplicates, rejected] of cases) {
      const answer = await send(body);
      assert.equal(answer.status, status);
      assert.match(String(answer.headers["content-type"]), /^application\/json/);
      assert.deepEqual(Object.keys(answer.body), ["accepted", "duplicates", "rejected"]);
      assert.deepEqual(
        [answer.body.accepted, answer.body.duplicates, answer.body.rejected.length],
        [accepted, duplicates, rejected],
      );
    }
  });

  test("a payload reaches the acceptor letter for letter", async () => {
    const first = '{"say":"ok", "n":1.0,"big":12345678901234567890,"z":-0,"n":2}';
    await send(null, { text: `[ ${first} ,{"say":"ok"}]`, url: "/v1/events?dialect=butlr" });
    assert.deepEqual(
      seen[0]!.items.map(({ text }) => text),
      [first, '{"say":"ok"}'],
    );
  });

  test("bad lines are rejected beside what the acceptor rejects, each under its own index", async () => {
    const text = '{"say":"no"}\nnonsense\n{"say":"ok"}\n\n{"say":"no"}\n';
    const { status, body } = await send(null, { text, type: "application/x-ndjson" });
    assert.equal(status, 202);
    assert.deepEqual(
      body.rejected.map((one: { index: number; code: string }) => [one.index, one.code]),
      [
        [0, "INVALID"],
        [1, "UNREADABLE_ITEM"],
        [3, "INVALID"],
      ],
    );
  });

  test("what cannot be read is refused whole, before the acceptor hears of it", async () => {
    const cases: readonly (readonly [string | Buffer, string, number, string])[] = [
      ["{", "application/json", 400, "UNREADABLE_BODY"],
      ["", "application/json", 400, "UNREADABLE_BODY"],
      ["[".repeat(90_000), "application/json", 400, "UNREADABLE_BODY"],
      [Buffer.from([0xff]), "application/json", 400, "UNREADABLE_BODY"],
      [`[${"1,".repeat(10_000)}1]`, "application/json", 413, "PAYLOAD_TOO_LARGE"],
      [`"${"x".repeat(100_000)}"`, "application/json", 413, "PAYLOAD_TOO_LARGE"],
      ["{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["{}", "application/json; charset=latin1", 415, "UNSUPPORTED_MEDIA_TYPE"],
      ["a=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ];
    for (const [text, type, status, code] of cases) {
      const answer = await send(null, { text, type });
      assert.deepEqual([answer.status, answer.body.code], [status, code], `${type} ${text.toString().slice(0, 20)}`);
      assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
    }
    const zipped = await send({ say: "ok" }, { headers: { "content-encoding": "gzip" } });
    assert.equal(zipped.status, 415);
    assert.equal(seen.length, 0);
  });

  test("who may not send is told so before the body is looked at", async () => {
    const bad = { text: "{", url: "/v1/observations" };
    assert.equal((await ask(house, "POST /v1/observations", { text: "{" })).status, 401);
    assert.equal((await send(null, { ...bad, key: "belfry_nonsense" })).status, 401);
    for (const role of ["viewer", "building", "tenant"] as const) {
      const answer = await send(null, { ...bad, key: await keyFor(house, role, "org_a", "x") });
      assert.deepEqual([answer.status, answer.body.code], [403, "FORBIDDEN"], role);
    }
    for (const role of ["organization", "ingest"] as const) {
      assert.equal((await send({ say: "ok" }, { key: await keyFor(house, role, "org_a") })).status, 202);
    }
    assert.equal((await send({ say: "ok" }, { key: await keyFor(house, "operator") })).status, 202);
    assert.deepEqual(
      seen.map(({ more }) => more),
      ["org_a", "org_a", null],
    );
  });

  test("events name their dialect and may name where they belong", async () => {
    const url = "/v1/events?dialect=butterflymx&building=1&unit=2";
    assert.equal((await send({ say: "ok" }, { url })).status, 202);
    assert.deepEqual(
      [seen[0]!.what, seen[0]!.more],
      ["butterflymx", { organization: "org_a", building: "1", unit: "2", tenant: null }],
    );
    for (const query of ["", "?dialect=seam", "?dialect=butlr&dialect=butlr", "?dialect=butlr&bulding=1"]) {
      const answer = await send({ say: "ok" }, { url: `/v1/events${query}` });
      assert.deepEqual([answer.status, answer.body.code], [400, "BAD_REQUEST"], query);
    }
  });
});
