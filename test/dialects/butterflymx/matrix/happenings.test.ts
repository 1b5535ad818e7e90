// Who reads and gets what happens: every kind of event by everything that it can name, for every key, over REST and by webhook,
// with either rule for the people of a unit.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { compileBuilding } from "../../../../src/building/compile.ts";
import { entryOf } from "../../../../src/building/entry-of.ts";
import { newId } from "../../../../src/model/ksuid.ts";
import { compileMatcher } from "../../../../src/organizations/matcher.ts";
import { progress } from "../../../contract/samples.ts";
import { putModel, requestFor } from "../fixture.ts";
import { type Happening, happenings, readers, receivers } from "./happenings.ts";
import { type Method, openMatrix } from "./house.ts";
import { absent, documentWith, homeOf, type KeyName, keys, nobodies, numbers } from "./place.ts";

const tenants: readonly KeyName[] = ["tenant1", "mate", "tenantB"];

for (const scope of ["unit", "own"] as const) {
  describe(`with tenant_scope ${scope}`, async () => {
    const house = await openMatrix(scope);
    after(() => house.close());
    const at = Date.parse("2026-06-17T10:12:19Z");
    const model = compileBuilding(documentWith(scope));
    const all = happenings(at);
    const { epoch } = await house.store.ledger.acquire(0, 0);
    const kept = all.filter(({ fact }) => fact.kind !== "call_status");
    const entries = kept.map(({ fact }) => entryOf(fact, model, at));
    await house.store.ledger.accept([], progress(epoch, 0, { entries }));

    const kindOf = ({ fact }: Happening) => (fact.kind === "access" ? "access_logs" : "calls");
    const urlOf = (happening: Happening, id: unknown = happening.fact.data.id) =>
      `/v4/buildings/${numbers.buildings[happening.home]}/${kindOf(happening)}/${String(id)}`;
    const refused = async (
      key: KeyName,
      method: Method,
      url: string,
      missing: string,
      body?: (url: string) => object,
    ) => {
      const ask = (asked: string) => ({
        url: asked.split("#")[0]!,
        ...(body === undefined ? {} : { body: body(asked) }),
      });
      const [hidden, none] = [await house.ask(method, ask(url), key), await house.ask(method, ask(missing), key)];
      const say = `${key} at ${url}`;
      assert.deepEqual([hidden.status, hidden.text, hidden.looked], [404, none.text, none.looked], say);
    };

    test("each entry and call is read by those whom it concerns, and for others it is not there", async () => {
      for (const happening of kept) {
        const url = urlOf(happening);
        for (const nobody of nobodies) assert.equal((await house.ask("GET", { url }, nobody)).status, 401);
        for (const key of keys) {
          if (!readers(happening, scope).includes(key)) await refused(key, "GET", url, urlOf(happening, absent));
          else
            assert.equal((await house.ask("GET", { url }, key)).body.data.id, happening.fact.data.id, `${key}: ${url}`);
        }
      }
    });

    test("lists have what may be read one by one, and nothing else", async () => {
      for (const key of keys) {
        const seen = kept.filter((happening) => readers(happening, scope).includes(key));
        const idsOf = (some: readonly Happening[]) => some.map(({ fact }) => Number(fact.data.id)).toReversed();
        for (const home of ["a", "b"] as const) {
          for (const kind of ["access_logs", "calls"]) {
            const url = `/v4/buildings/${numbers.buildings[home]}/${kind}?per=100`;
            const { status, body } = await house.ask("GET", { url }, key);
            if (status === 404) continue;
            const expected = seen.filter((each) => each.home === home && kindOf(each) === kind);
            assert.deepEqual(
              body.data.map(({ id }: { id: number }) => id),
              idsOf(expected),
              `${key}: ${url}`,
            );
          }
        }
        const { body } = await house.ask("GET", { url: "/v3/me/calls" }, key);
        const calls = idsOf(seen.filter(({ fact }) => fact.kind === "call")).map(String);
        assert.deepEqual(
          body.data.map(({ id }: { id: string }) => id),
          calls,
          key,
        );
      }
      for (const url of ["/v3/me/calls", "/v3/me"]) {
        for (const nobody of nobodies) assert.equal((await house.ask("GET", { url }, nobody)).status, 401);
      }
    });

    test("the status of a call is read, and its door opened, by those whom it concerns", async () => {
      for (const happening of kept.filter(({ fact }) => fact.kind === "call")) {
        const guid = String(happening.fact.data.id);
        const status = (asked: string) => `/v3/me/calls/${asked}/status`;
        const open = "/v3/notifications/open_door";
        const body = (asked: string) => ({ data: { attributes: { call_guid: asked.split("#")[1]! } } });
        for (const key of keys) {
          const mayRead = readers(happening, scope).includes(key);
          if (mayRead) assert.equal((await house.ask("GET", { url: status(guid) }, key)).body.data.id, guid);
          else await refused(key, "GET", status(guid), status(String(absent)));
          // Who reads it and is nobody's tenant there hears that a tenant is needed; a viewer hears nothing.
          if (!mayRead || key === "viewer") {
            await refused(key, "POST", `${open}#${guid}`, `${open}#${absent}`, body);
            continue;
          }
          const answer = await house.ask("POST", { url: open, body: body(`#${guid}`) }, key);
          assert.equal(answer.status, tenants.includes(key) ? 201 : 422, `${key} opens for ${happening.what}`);
        }
        for (const nobody of nobodies) {
          assert.equal((await house.ask("GET", { url: status(guid) }, nobody)).status, 401);
          assert.equal((await house.ask("POST", { url: open, body: body(`#${guid}`) }, nobody)).status, 401);
        }
      }
    });

    test("each event of each kind goes to the integrations of those whom it concerns, and to no other", async () => {
      const everything = requestFor("https://hook.example/in", [
        { resource_type: "access_log", actions: ["create"] },
        { resource_type: "call", actions: ["create", "status_update"] },
      ]);
      const owners = new Map<string, KeyName>();
      for (const key of keys.filter((each) => each !== "viewer" && each !== "foreign")) {
        const parent = key.startsWith("admin")
          ? `buildings/${numbers.buildings[key === "adminA" ? "a" : "b"]}`
          : `tenants/${numbers.tenants[key as "mate"]}`;
        const made = await house.ask("POST", { url: `/v4/${parent}/integrations`, body: everything }, key);
        owners.set(made.body.data.id, key);
      }
      const { subscriptions } = (await house.registry.snapshot("org"))!;
      const matcher = compileMatcher(subscriptions);
      for (const happening of all) {
        const event = house.dialect.express(happening.fact, model, () => newId("event", at, new Uint8Array(16)))!;
        const reached = matcher.match(event).map(({ subscription }) => owners.get(subscription.id)!);
        assert.deepEqual(reached.toSorted(), receivers(happening, scope).toSorted(), happening.what);
      }
    });

    test("who a person is, is said to that person alone", async () => {
      for (const key of keys) {
        const { body } = await house.ask("GET", { url: "/v3/me" }, key);
        const said = (body.included as { type: string; id: string }[]).filter(({ type }) => type === "tenants");
        const own = tenants.includes(key) ? [String(numbers.tenants[key as "mate"])] : [];
        assert.deepEqual(
          said.map(({ id }) => id),
          own,
          key,
        );
        const buildings = (body.included as { type: string; id: string }[]).filter(({ type }) => type === "buildings");
        assert.ok(buildings.every(({ id }) => id === String(numbers.buildings[homeOf(key as "mate")])));
      }
    });
  });
}

describe("what came before a change", async () => {
  const house = await openMatrix("unit");
  after(() => house.close());
  const kept = happenings(0).filter(({ fact }) => fact.kind === "access");
  const model = compileBuilding(documentWith("unit"));
  const { epoch } = await house.store.ledger.acquire(0, 0);
  const entries = kept.map(({ fact }) => entryOf(fact, model, 0));
  await house.store.ledger.accept([], progress(epoch, 0, { entries }));
  const readBy = async (key: KeyName) => {
    const { body } = await house.ask("GET", { url: `/v4/buildings/${numbers.buildings.a}/access_logs?per=100` }, key);
    return (body.data as { id: number }[])
      .map(({ id }) => kept.find(({ fact }) => fact.data.id === id)!.what)
      .toReversed();
  };

  test("is read by the new rule where a building turns to tenant_scope own", async () => {
    await putModel(house.registry, documentWith("own"));
    for (const key of ["adminA", "tenant1", "mate"] as const) {
      const expected = kept.filter((each) => each.home === "a" && readers(each, "own").includes(key));
      assert.deepEqual(
        await readBy(key),
        expected.map(({ what }) => what),
        key,
      );
    }
    await house.putBack();
  });

  test("is taken along by who moves only where it names that person or a pass of theirs", async () => {
    const document = structuredClone(documentWith("unit"));
    const { tenants } = document.sites[0]!.buildings![0]!;
    const unit_id = String(numbers.units.neighbour);
    Object.assign(tenants!.find(({ id }) => id === String(numbers.tenants.tenant1))!, { unit_id });
    await putModel(house.registry, document);
    const theirs = ["an entry that names a tenant", "an entry that names a tenant's keychain"];
    assert.deepEqual(await readBy("tenant1"), theirs);
    assert.equal((await readBy("mate")).length, 8);
  });
});
