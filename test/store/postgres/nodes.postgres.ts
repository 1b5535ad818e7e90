// Two processes over one database: leases and slices by its clock, what one asks of the other, and what it hears of its changes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { systemClock as clock, systemRandom as random } from "../../../src/clock.ts";
import { BelfryError } from "../../../src/errors.ts";
import { silentLog } from "../../../src/log.ts";
import { createCalls } from "../../../src/nodes/calls.ts";
import { createFeed } from "../../../src/nodes/feed.ts";
import { createHints, type Hints } from "../../../src/nodes/hints.ts";
import { openPostgres } from "../../../src/store/postgres/open.ts";
import type { NodeStore } from "../../../src/store/nodes.ts";
import type { Store } from "../../../src/store/store.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../../fixtures/postgres.ts";
import { until } from "../../fixtures/until.ts";

const all = Array.from({ length: 32 }, (_, slice) => slice);
/** Nobody waits for an answer so long, on a busy machine either. */
const patienceMs = 20_000;
const nodeNamed = (id: string) => ({ id, role: "all" as const, version: "1" });

describe("processes that share a database of PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let stores: readonly Store[];
  let one: NodeStore;
  let other: NodeStore;

  before(async () => {
    postgres = await startPostgres();
    const url = await postgres.create();
    const masterKey = new Uint8Array(32).fill(7);
    const first = await openPostgres({ url, masterKey, clock });
    stores = [first, await openPostgres({ url, masterKey, clock })];
    [one, other] = [stores[0]!.nodes!, stores[1]!.nodes!];
  });
  after(async () => {
    for (const store of stores) await store.close();
    await postgres.stop();
  });

  test("a slice is claimed by one, given back, and taken from one that has been silent for long", async () => {
    await one.renew(nodeNamed("one"));
    await other.renew(nodeNamed("other"));
    const [mine, theirs] = await Promise.all([one.claim("one", all, 60_000), other.claim("other", all, 60_000)]);
    assert.deepEqual(
      [...mine, ...theirs].toSorted((a, b) => a - b),
      all,
    );
    const loser = mine.length === 0 ? one : other;
    assert.deepEqual(await loser.claim(mine.length === 0 ? "one" : "other", all, 60_000), []);
    await one.give("one", all);
    await other.give("other", all);
    assert.equal((await one.claim("one", all, 60_000)).length, 32);
    await one.leave("one");
    const { nodes, slices } = await other.cluster();
    assert.equal(nodes.find(({ id }) => id === "one")?.leaving, true);
    assert.ok(slices.every(({ node }) => node === "one"));
    assert.deepEqual(await other.claim("other", [3], 60_000), []);
    await pause(300);
    assert.deepEqual(await other.claim("other", [3], 200), [3]);
    await one.forget("one");
    assert.equal((await other.claim("other", all, 60_000)).length, 32);
  });

  test("a call is answered by the owner of its slice, with what it returns or refuses; without one it is not answered", async () => {
    const ends: (() => Promise<void>)[] = [];
    const hinting: Hints[] = [];
    const heard = new Set<string>();
    const calls = [one, other].map((store, index) => {
      const id = `node_${index}`;
      const made = createCalls({
        store,
        node: id,
        slices: () => (index === 1 ? [5] : []),
        hint: (text) => hints.send(text),
        clock,
        log: silentLog,
      });
      const hints = createHints(store, clock, id, () => {
        heard.add(id);
        made.look();
      });
      hinting.push(hints);
      ends.push(made.stop, hints.stop);
      void hints.start();
      void made.start();
      return made;
    });
    // A hint is lost on who does not listen yet.
    await until("both hear each other", () => {
      for (const hints of hinting) hints.send("here");
      return heard.size === hinting.length;
    });
    const [asker, owner] = calls as [(typeof calls)[0], (typeof calls)[0]];
    owner.handle("double", async ({ value }: { readonly value: number }) => value * 2);
    owner.handle("refuse", async () => {
      throw new BelfryError("CONFLICT", "Not now.");
    });
    assert.equal(await asker.ask({ slice: 5 }, "double", { value: 21 }, patienceMs), 42);
    const refused = asker.ask({ slice: 5 }, "refuse", {}, patienceMs);
    await assert.rejects(refused, { code: "CONFLICT", message: "Not now." });
    await assert.rejects(asker.ask({ slice: 6 }, "double", { value: 1 }, 300), { code: "UNAVAILABLE" });
    for (const end of ends) await end();
  });

  test("changes of one are told to the other, all that were written before somebody asks; hints make it quick", async () => {
    const [writer, reader] = stores as [Store, Store];
    const told: string[] = [];
    const feed = createFeed({
      changes: reader.changes,
      clock,
      random,
      log: silentLog,
      everyMs: 50,
      on: { organization: (id) => void told.push(id) },
      onGap: async () => {},
    });
    feed.beginAt(await reader.changes.lastChange());
    await feed.start();
    const audit = { at: 1, actor: "key", action: "organization.create", object: "o", detail: null };
    await writer.registry.ensureOrganization("org_told", "Told", audit);
    await feed.caughtUp();
    assert.deepEqual(told, ["org_told"]);
    await writer.registry.ensureOrganization("org_later", "Later", audit);
    await until("the change", () => told.includes("org_later"));
    await until("a look of this moment", () => feed.ageMs() < 1_000);
    await feed.stop();
  });

  test("one process at a time does what must be done once", async () => {
    let [running, most] = [0, 0];
    const work = async () => {
      most = Math.max(most, ++running);
      await pause(50);
      running--;
    };
    await Promise.all([one.alone(work), other.alone(work), one.alone(work)]);
    assert.equal(most, 1);
    assert.ok((await one.unsafeSettings()).includes("fsync"), "tests run without");
  });
});
