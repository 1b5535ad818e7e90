// Contract of the registry: revisions, secrets, places, numbers, keys, audit.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../fixtures/properties.ts";
import { BelfryError } from "../../src/errors.ts";
import type { Subscription } from "../../src/model/subscription.ts";
import type { LocatedPlace, PlaceId } from "../../src/model/place-id.ts";
import type { Open } from "./index.ts";
import { addOrganization, audit, noon, put, subscription } from "./samples.ts";

export function testRegistry(open: Open): void {
  describe("registry", () => {
    test("an organization is created once and keeps its name", async () => {
      const { registry } = await open();
      const first = await registry.ensureOrganization("org_one", "One", audit());
      const second = await registry.ensureOrganization("org_one", "Other", audit());
      assert.deepEqual(second, first);
      assert.deepEqual(await registry.organizations(), [{ id: "org_one", name: "One", revision: first.revision }]);
      assert.equal(await registry.snapshot("org_none"), null);
    });

    test("an organization whose id the store could not give back unchanged is refused", async () => {
      const { registry } = await open();
      const invalid = (error: unknown) => error instanceof BelfryError && error.code === "INVALID";
      for (const id of ["\ud800", "a\u0000", "", "a b", "a/b", "ä", "x".repeat(129)]) {
        await assert.rejects(() => registry.ensureOrganization(id, "Odd", audit()), invalid, JSON.stringify(id));
      }
      assert.deepEqual(await registry.organizations(), []);
    });

    test("what is put comes back whole, with its secrets", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const first = subscription(await registry.allocate(1));
      const bare = subscription(await registry.allocate(1), {
        endpoint: { url: "https://other.test", timeoutMs: 1_000, apiKey: null, basicAuth: null },
        signingSecrets: [
          { secret: "whsec_old", until: noon },
          { secret: "whsec_new", key: { privateKey: "whsk_new", publicKey: "whpk_new" }, until: null },
        ],
        extraSignatures: ["ed25519", "stripe"],
      });
      await put(registry, "org_one", first, bare);
      const snapshot = await registry.snapshot("org_one");
      assert.deepEqual(snapshot?.subscriptions, [first, bare]);
      assert.deepEqual(await registry.subscription(bare.id, null), bare);
      assert.equal(await registry.subscription("webhook_none", null), null);
    });

    test("a snapshot has every subscription as it was last written, whichever were read before", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const expected = new Map<number, Subscription>();
      const written = async () => {
        const snapshot = await registry.snapshot("org_one");
        assert.deepEqual(
          snapshot?.subscriptions,
          [...expected.values()].toSorted((a, b) => a.number - b.number),
        );
      };
      const write = async (each: Subscription) => {
        await put(registry, "org_one", each);
        expected.set(each.number, each);
      };
      const [first, second, third] = [
        await registry.allocate(1),
        await registry.allocate(1),
        await registry.allocate(1),
      ];
      await write(subscription(third));
      await write(subscription(first));
      await written();
      await put(registry, "org_two", subscription(second, { organization: "org_two" }));
      await write(subscription(first, { name: "renamed" }));
      await written();
      await registry.change({ organization: "org_one", revision: null, remove: [third], audit: [audit()] });
      expected.delete(third);
      await written();
      // Several at once, of which none sees less than was written before it was asked.
      const fourth = await registry.allocate(1);
      const both = [registry.snapshot("org_one"), write(subscription(fourth)), registry.snapshot("org_one")];
      await Promise.all(both);
      await written();
      await write(subscription(fourth, { name: "again" }));
      await write(subscription(third, { name: "back" }));
      await written();
    });

    test("a subscription written before there were further signatures and repeats has none", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const { extraSignatures: _, repeatMinutes: __, ...old } = subscription(await registry.allocate(1));
      await put(registry, "org_one", old as Subscription);
      const read = await registry.subscription(old.id, null);
      assert.deepEqual([read?.extraSignatures, read?.repeatMinutes], [[], 0]);
    });

    test("a change raises the revision by one, and one decided on an old revision is refused and writes nothing", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const { revision } = (await registry.snapshot("org_one"))!.organization;
      const changes = await Promise.all(
        ["Left", "Right"].map((name) => registry.change({ organization: "org_one", revision, name, audit: [audit()] })),
      );
      assert.deepEqual(changes, [
        { status: "done", revision: revision + 1 },
        { status: "stale", revision: revision + 1 },
      ]);
      assert.equal((await registry.snapshot("org_one"))?.organization.name, "Left");
    });

    test("a removed subscription is gone from the registry and may not lend its id to another", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const number = await registry.allocate(1);
      await put(registry, "org_one", subscription(number));
      await registry.change({ organization: "org_one", revision: null, remove: [number], audit: [audit()] });
      assert.deepEqual((await registry.snapshot("org_one"))?.subscriptions, []);
      assert.equal(await registry.subscription(`webhook_${number}`, null), null);
      const thief = subscription(await registry.allocate(1), { id: `webhook_${number}` });
      await assert.rejects(put(registry, "org_one", thief), { code: "CONFLICT" });
    });

    test("subscriptions that could not be read together any more are refused", async () => {
      const { registry } = await open();
      const organization = await addOrganization(registry);
      const large = (number: number, length = 12_000_000) => subscription(number, { document: "x".repeat(length) });
      for (let number = 1; number <= 5; number++) await put(registry, organization, large(number));
      const refused = { code: "CONFLICT" };
      await assert.rejects(put(registry, organization, large(6)), refused);
      await assert.rejects(put(registry, organization, large(5, 24_000_000)), refused);
      assert.equal((await registry.snapshot(organization))?.subscriptions.length, 5);
      await put(registry, organization, { ...large(5, 24_000_000), state: "disabled" });
      await put(registry, organization, large(5, 1));
      await put(registry, organization, large(6));
    });

    test("a change of an unknown organization is refused", async () => {
      const { registry } = await open();
      const change = { organization: "org_none", revision: null, audit: [audit()] };
      await assert.rejects(
        registry.change(change),
        (error) => error instanceof BelfryError && error.code === "NOT_FOUND",
      );
    });

    test("an organization cannot change another one's subscription", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const number = await registry.allocate(1);
      await put(registry, "org_one", subscription(number));
      await assert.rejects(put(registry, "org_two", subscription(number, { organization: "org_two" })), {
        code: "CONFLICT",
      });
      await registry.change({ organization: "org_two", revision: null, remove: [number], audit: [audit()] });
      assert.equal((await registry.subscription(`webhook_${number}`, null))?.organization, "org_one");
    });

    test("numbers are never given out twice", async () => {
      const { registry } = await open();
      const firsts = await Promise.all([registry.allocate(3), registry.allocate(1), registry.allocate(2)]);
      const all = firsts.flatMap((first, index) =>
        Array.from({ length: [3, 1, 2][index]! }, (_, step) => first + step),
      );
      assert.equal(new Set(all).size, 6);
      assert.match(String(Math.min(...all)), /^\d{9}$/);
    });

    test("places are found by id, by number as digits, and the id wins", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const places: PlaceId[] = [
        { kind: "tenant", id: "tenant_a", number: 42 },
        { kind: "tenant", id: "7", number: 70 },
        { kind: "tenant", id: "tenant_b", number: 7 },
        { kind: "room", id: "tenant_a", number: null },
      ];
      const change = { organization: "org_one", revision: null, model: { document: "{}", places }, audit: [audit()] };
      assert.equal((await registry.change(change)).status, "done");
      for (const where of [null, "org_one"]) {
        assert.deepEqual(await registry.locate("tenant", "42", where), [{ ...places[0], organization: "org_one" }]);
        assert.deepEqual(numbersOf(await registry.locate("tenant", "7", where)), [70]);
        assert.equal((await registry.locate("room", "tenant_a", where))[0]?.kind, "room");
        assert.deepEqual(await registry.locate("floor", "tenant_a", where), []);
      }
      assert.equal((await registry.snapshot("org_one"))?.model?.text, "{}");
    });

    test("each organization has ids and numbers of its own, and finds nothing of another", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const model = (organization: string, ...places: PlaceId[]) =>
        registry.change({ organization, revision: null, model: { document: "{}", places }, audit: [audit()] });
      const room: PlaceId = { kind: "room", id: "room_1", number: null };
      const mac: PlaceId = { kind: "mac", id: "00-17-0d-00-00-6a-3f-9e", number: null };
      const tower: PlaceId = { kind: "building", id: "tower", number: 17 };
      const hut: PlaceId = { kind: "building", id: "17", number: 99 };
      assert.equal((await model("org_one", room, mac, tower)).status, "done");
      assert.equal((await model("org_two", room, mac, hut, { ...tower, id: "hall" })).status, "done");
      assert.deepEqual(await registry.locate("room", "room_1", "org_two"), [{ ...room, organization: "org_two" }]);
      assert.deepEqual(homesOf(await registry.locate("mac", mac.id, null)), ["org_one", "org_two"]);
      assert.deepEqual(homesOf(await registry.locate("building", "tower", null)), ["org_one"]);
      assert.deepEqual(await registry.locate("building", "tower", "org_two"), []);
      // A number of one, an id and a number of the other: there the id wins.
      assert.deepEqual(numbersOf(await registry.locate("building", "17", null)), [17, 99]);
      assert.deepEqual(numbersOf(await registry.locate("building", "17", "org_one")), [17]);
      assert.deepEqual(numbersOf(await registry.locate("building", "17", "org_two")), [99]);
      assert.deepEqual(await registry.locate("building", "17", "org_none"), []);
      await model("org_one");
      assert.deepEqual(homesOf(await registry.locate("room", "room_1", null)), ["org_two"]);
    });

    test("a model that names an id or a number twice is refused", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const room: PlaceId = { kind: "room", id: "room_1", number: null };
      const door = (id: string): PlaceId => ({ kind: "access_point", id, number: 5 });
      for (const places of [
        [room, room],
        [door("door_1"), door("door_2")],
      ]) {
        const change = { organization: "org_one", revision: null, model: { document: "{}", places }, audit: [audit()] };
        await assert.rejects(registry.change(change), { code: "INVALID_MODEL" });
      }
      assert.deepEqual(await registry.locate("room", "room_1", null), []);
    });

    test("after any change of a model its places are found and those before it are not", async () => {
      const ids = fc.uniqueArray(
        fc.record({ id: fc.integer({ min: 1, max: 6 }), number: fc.integer({ min: 11, max: 16 }) }),
        {
          selector: ({ id }) => id,
          maxLength: 5,
        },
      );
      const { registry } = await open();
      await addOrganization(registry);
      await fc.assert(
        fc.asyncProperty(ids, async (drawn) => {
          const numbers = new Set<number>();
          const places = drawn.flatMap(({ id, number }): PlaceId[] => {
            if (numbers.has(number)) return [];
            numbers.add(number);
            return [{ kind: "unit", id: `u${id}`, number }];
          });
          await registry.change({
            organization: "org_one",
            revision: null,
            model: { document: "{}", places },
            audit: [],
          });
          for (let id = 1; id <= 6; id++) {
            const found = await registry.locate("unit", `u${id}`, "org_one");
            assert.deepEqual(numbersOf(found), numbersOf(places.filter((place) => place.id === `u${id}`)));
          }
        }),
        { numRuns: 30 },
      );
    });

    test("an index of places that is kept in pieces finds what was added, by its newest number, until it is dropped", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const unit = (id: string, number: number): PlaceId => ({ kind: "unit", id, number });
      const change = { organization: "org_one", revision: null, audit: [audit()] };
      await registry.change({ ...change, model: { document: "{}", places: [unit("a", 1)] } });
      await registry.addPlaces("org_one", [unit("a", 3), unit("b", 2)]);
      await registry.change({ ...change, model: { document: "[]" } });
      assert.deepEqual(numbersOf(await registry.locate("unit", "a", "org_one")), [3]);
      assert.deepEqual(homesOf(await registry.locate("unit", "2", null)), ["org_one"]);
      await registry.dropPlaces("org_one", [unit("a", 3)]);
      assert.deepEqual(await registry.locate("unit", "a", null), []);
      assert.deepEqual(numbersOf(await registry.locate("unit", "b", null)), [2]);
    });

    test("a subscription of another organization is not found where one is named", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const one = subscription(await registry.allocate(1));
      await put(registry, "org_one", one);
      assert.deepEqual(await registry.subscription(one.id, "org_one"), one);
      assert.equal(await registry.subscription(one.id, "org_two"), null);
    });

    test("numbers that name a place of the organization already are not given out to it, those of others are", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      await addOrganization(registry, "org_two");
      const first = await registry.allocate(1);
      const places: PlaceId[] = [
        { kind: "unit", id: "unit_1", number: first + 2 },
        { kind: "tenant", id: String(first + 5), number: 1 },
        { kind: "tenant", id: `${first + 6}x`, number: 2 },
      ];
      await registry.change({ organization: "org_one", revision: null, model: { document: "{}", places }, audit: [] });
      assert.equal(await registry.allocate(1, "org_two"), first + 1);
      assert.equal(await registry.allocate(3, "org_one"), first + 6);
      assert.equal(await registry.allocate(1, "org_one"), first + 9);
    });

    test("keys are kept, listed and revoked once", async () => {
      const { registry } = await open();
      await addOrganization(registry);
      const key = {
        id: "key_1",
        role: "building",
        organization: "org_one",
        targets: ["building_1"],
        name: "front desk",
        description: null,
        hash: Uint8Array.of(1, 2, 3),
        createdAt: noon,
        revokedAt: null,
      } as const;
      const operator = { ...key, id: "key_2", role: "operator", organization: null, targets: [] } as const;
      await registry.addKey(key, audit("key.create", key.id));
      await registry.addKey(operator, audit("key.create", operator.id));
      await assert.rejects(registry.addKey(key, audit()), { code: "CONFLICT" });
      await assert.rejects(registry.addKey({ ...key, id: "key_3", organization: "org_none" }, audit()), {
        code: "NOT_FOUND",
      });
      assert.deepEqual(await registry.keys(), [key, operator]);
      assert.equal(await registry.revokeKey("key_1", { ...audit(), at: noon + 5 }), true);
      await registry.revokeKey("key_1", { ...audit(), at: noon + 9 });
      assert.equal((await registry.key("key_1"))?.revokedAt, noon + 5);
      assert.equal(await registry.revokeKey("key_none", audit()), false);
      assert.equal(await registry.key("key_none"), null);
    });

    test("every change leaves its audit entries, a refused one leaves none", async () => {
      const { registry, history } = await open();
      await addOrganization(registry);
      await registry.change({ organization: "org_one", revision: 999, audit: [audit("never")] });
      await registry.change({ organization: "org_one", revision: null, audit: [audit("first"), audit("second")] });
      await registry.audit({ ...audit("signing_secret.reveal"), detail: '{"why":"asked"}' });
      const page = await history.audit({ limit: 2, before: null });
      assert.deepEqual(
        page.items.map(({ action }) => action),
        ["signing_secret.reveal", "second"],
      );
      const rest = await history.audit({ limit: 10, before: page.before });
      assert.deepEqual(
        rest.items.map(({ action }) => action),
        ["first", "organization.create"],
      );
      assert.equal(rest.before, null);
    });

    test("a picture comes back byte for byte, each of its own organization, and a list holds no bytes", async () => {
      const { registry } = await open();
      for (const id of ["org_one", "org_two"]) await addOrganization(registry, id);
      const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
      const picture = { kind: "floor", id: "floor_1", type: "image/png", bytes, updatedAt: noon } as const;
      await registry.putPicture("org_one", picture, audit("picture.put"));
      const found = (await registry.picture("org_one", "floor", "floor_1"))!;
      assert.deepEqual({ ...found, bytes: new Uint8Array(found.bytes) }, { ...picture, size: bytes.length });
      const info = { kind: "floor", id: "floor_1", type: "image/png", size: bytes.length, updatedAt: noon };
      assert.deepEqual(await registry.pictures("org_one"), [info]);
      assert.deepEqual(await registry.pictures("org_two"), []);
      assert.equal(await registry.picture("org_two", "floor", "floor_1"), null);
      assert.equal(await registry.dropPicture("org_two", "floor", "floor_1", audit()), false);
      assert.equal(await registry.dropPicture("org_one", "floor", "floor_1", audit()), true);
      assert.equal(await registry.picture("org_one", "floor", "floor_1"), null);
      await assert.rejects(registry.pictures("org_none"), { code: "NOT_FOUND" });
    });

    test("the audit is narrowed by time, who, act, thing and organization, which go together", async () => {
      const { registry, history } = await open();
      await addOrganization(registry);
      const entry = (at: number, actor: string, action: string, object: string) => ({
        at: noon + at,
        actor,
        action,
        object,
        detail: null,
      });
      await registry.audit(entry(10, "key_a", "key.create", "key_1"));
      await registry.audit(entry(20, "key_b", "key.revoke", "key_1"));
      await registry.change({
        organization: "org_one",
        revision: null,
        audit: [entry(30, "key_a", "keyring.create", "x"), entry(40, "key_a", "key.create", "key_2")],
      });
      const found = async (filter: object) =>
        (await history.audit({ limit: 10, before: null, since: noon + 1, ...filter })).items.map(({ at }) => at - noon);
      assert.deepEqual(await found({}), [40, 30, 20, 10]);
      assert.deepEqual(await found({ actor: "key_a" }), [40, 30, 10]);
      assert.deepEqual(await found({ action: "key.create" }), [40, 10]);
      assert.deepEqual(
        await found({ action: "key." }),
        [40, 20, 10],
        "a dot at the end takes all of keys, and no keyring",
      );
      assert.deepEqual(await found({ action: "key" }), []);
      assert.deepEqual(await found({ object: "key_1" }), [20, 10]);
      assert.deepEqual(await found({ since: noon + 20, until: noon + 40 }), [30, 20]);
      assert.deepEqual(await found({ organization: "org_one" }), [40, 30]);
      assert.deepEqual(await found({ organization: "org_none" }), []);
      assert.deepEqual(await found({ actor: "key_a", object: "key_1" }), [10]);
      const [newest] = (await history.audit({ limit: 1, before: null })).items;
      assert.deepEqual([newest!.organization, typeof newest!.number], ["org_one", "number"]);
    });
  });
}

const homesOf = (found: readonly LocatedPlace[]) => found.map(({ organization }) => organization);
const numbersOf = (found: readonly PlaceId[]) => found.map(({ number }) => number);
