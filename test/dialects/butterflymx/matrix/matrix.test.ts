// Who sees and does what: every key by every operation of the API by a thing of every owner. A refusal of a valid key is byte for
// byte what it hears of a thing that does not exist, after the same look-ups; without a valid key it is 401, after none.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Ask, hook, lists, ofHappenings, type Row, rows, visible } from "./operations.ts";
import { type Method, openMatrix } from "./house.ts";
import { requestFor } from "../fixture.ts";
import { absent, type KeyName, keys, nobodies, numberOf, numbers, type Owner, owners } from "./place.ts";

const house = await openMatrix("unit");
after(() => house.close());
const unauthorized = (await house.ask("GET", { url: "/v4/tenants" }, "anonymous")).text;

test("every operation that asks for a key has its place in the matrix, and nothing else has", () => {
  const documented = Object.entries(house.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => !("security" in operation))
      .map(([method]) => `${method.toUpperCase()} ${path}`),
  );
  const here = [...Object.keys(rows), ...Object.keys(lists), ...ofHappenings];
  assert.deepEqual(here.toSorted(), documented.toSorted());
});

for (const [name, row] of Object.entries(rows)) {
  test(name, async () => {
    const method = name.split(" ")[0] as Method;
    for (const owner of owners) {
      const integration = await integrationOf(row, owner);
      const ask = row.ask(owner, integration);
      if (ask !== null) await askByEverybody(method, row, owner, ask);
    }
  });
}

async function askByEverybody(method: Method, row: Row, owner: Owner, first: Ask): Promise<void> {
  for (const nobody of nobodies) {
    const { status, text, looked } = await house.ask(method, first, nobody);
    assert.deepEqual([status, text, looked], [401, unauthorized, []], `${nobody} at ${first.url}`);
  }
  // Refusals first: they must leave the thing where it is.
  for (const key of keys.filter((each) => !row.may(owner).includes(each))) {
    const refused = await house.ask(method, first, key);
    const missing = await missingFor(method, row.missing(owner), key);
    const say = `${key} at ${first.url} of ${owner}`;
    assert.deepEqual([refused.status, refused.text], [missing.status, missing.text], say);
    assert.ok([404, 422].includes(refused.status), `${say}: ${refused.status}`);
    assert.deepEqual(refused.looked, missing.looked, say);
  }
  for (const key of keys.filter((each) => row.may(owner).includes(each))) {
    const ask = row.ask(owner, await integrationOf(row, owner))!;
    const { status, text } = await house.ask(method, ask, key);
    assert.equal(status, row.status, `${key} at ${ask.url} of ${owner}: ${text}`);
    if (row.writes === true) await house.putBack();
  }
}

const known = new Map<string, Promise<Awaited<ReturnType<typeof house.ask>>>>();

/** What a key hears of a thing that does not exist: the same each time, so it is asked once. */
async function missingFor(method: Method, ask: Ask, key: KeyName) {
  const name = JSON.stringify([method, ask, key]);
  const found = known.get(name) ?? house.ask(method, ask, key);
  known.set(name, found);
  return found;
}

/** A fresh integration of this building or tenant, where the operation is about a single one. */
async function integrationOf(row: Row, owner: Owner): Promise<number> {
  const url = /^\/v\d\/\w+\/\d+\/integrations(?=\/)/.exec(row.ask(owner, absent)?.url ?? "")?.[0];
  if (url === undefined) return absent;
  const { status, body } = await house.ask("POST", { url, ...hook }, "organization");
  assert.equal(status, 200);
  return Number(body.data.id);
}

for (const [name, kind] of Object.entries(lists)) {
  test(`${name} has for each key what it sees, and filters find nothing else`, async () => {
    const url = name.split(" ")[1]!;
    for (const nobody of nobodies) assert.equal((await house.ask("GET", { url }, nobody)).text, unauthorized);
    for (const key of keys) {
      const { status, body } = await house.ask("GET", { url }, key);
      assert.equal(status, 200);
      const expected = visible(kind, key);
      const found = (body.data as { id: number }[]).map(({ id }) => id);
      if (key !== "foreign") assert.deepEqual(found.toSorted(), expected.toSorted(), key);
      for (const owner of owners) {
        const number = numberOf(kind, owner);
        if (number === undefined || expected.includes(number)) continue;
        const [hidden, missing] = [
          await house.ask("GET", { url: `${url}?q[id_eq]=${number}` }, key),
          await house.ask("GET", { url: `${url}?q[id_eq]=${absent}` }, key),
        ];
        assert.deepEqual([hidden.text, hidden.looked], [missing.text, missing.looked], `${key} filters for ${number}`);
        assert.deepEqual(hidden.body.data, []);
      }
    }
  });
}

test("a thing of one's own together with a stranger's is refused like one with nothing", async () => {
  const own = numbers.tenants.tenant1;
  const door = (access_point_id: number) => ({ door_release_request: { tenant_id: own, access_point_id } });
  const pass = (access_point_ids: number[], device_ids: number[]) => ({
    keychain: { name: "Pass", tenant_id: own, access_point_ids, device_ids },
  });
  const bound = (resource_type: string, resource_id: number) =>
    requestFor("https://hook.example/in", [{ resource_type, actions: ["create"], resource_id }]);
  const integrations = `/v4/tenants/${own}/integrations`;
  const foreign = await integrationOf(rows["GET /v4/tenants/{parent}/integrations/{id}"]!, "mate");
  const { access_points: doors, devices } = numbers;
  const cases: readonly (readonly [method: Method, stranger: Ask, missing: Ask])[] = [
    [
      "POST",
      { url: "/v4/door_release_requests", body: door(doors.b) },
      { url: "/v4/door_release_requests", body: door(absent) },
    ],
    ...[pass([doors.b], []), pass([], [devices.b])].map((body, index) => {
      const missing = index === 0 ? pass([absent], []) : pass([], [absent]);
      return ["POST", { url: "/v4/keychains/custom", body }, { url: "/v4/keychains/custom", body: missing }] as const;
    }),
    [
      "POST",
      { url: integrations, body: bound("access_log", doors.b) },
      { url: integrations, body: bound("access_log", absent) },
    ],
    ["POST", { url: integrations, body: bound("call", devices.b) }, { url: integrations, body: bound("call", absent) }],
    ...["GET", "PUT", "DELETE"].map((method) => {
      const body = method === "PUT" ? hook : {};
      const at = (id: number): Ask => ({ url: `${integrations}/${id}`, ...body });
      return [method, at(foreign), at(absent)] as const;
    }),
  ];
  for (const [method, stranger, missing] of cases) {
    const [first, second] = [await house.ask(method, stranger, "tenant1"), await house.ask(method, missing, "tenant1")];
    assert.ok([404, 422].includes(first.status), `${method} ${stranger.url}: ${first.status}`);
    assert.deepEqual([first.text, first.looked], [second.text, second.looked], `${method} ${stranger.url}`);
  }
});
