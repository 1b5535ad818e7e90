// Who sees and does what: every key by every operation of the API by a thing of every owner. A refusal of a valid key is byte for
// byte what it hears of a thing that does not exist, after the same look-ups; without a valid key it is 401, after none.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { type Ask, hook, lists, ofHappenings, type Row, rows, visible } from "./operations.ts";
import { openMatrix } from "./house.ts";
import { absent, keys, nobodies, numberOf, type Owner, owners } from "./place.ts";

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
    const method = name.split(" ")[0]!;
    for (const owner of owners) {
      const integration = await integrationOf(row, owner);
      const ask = row.ask(owner, integration);
      if (ask !== null) await askByEverybody(method, row, owner, ask);
    }
  });
}

async function askByEverybody(method: string, row: Row, owner: Owner, first: Ask): Promise<void> {
  for (const nobody of nobodies) {
    const { status, text, looked } = await house.ask(method, first, nobody);
    assert.deepEqual([status, text, looked], [401, unauthorized, []], `${nobody} at ${first.url}`);
  }
  // Refusals first: they must leave the thing where it is.
  for (const key of keys.filter((each) => !row.may(owner).includes(each))) {
    const refused = await house.ask(method, first, key);
    const missing = await house.ask(method, row.missing(owner), key);
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
