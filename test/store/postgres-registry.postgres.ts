// The registry and the sign-ins where several processes share a database: two stores over one PostgreSQL.

import assert from "node:assert/strict";
import { after, before, describe, test, type TestContext } from "node:test";
import pg from "pg";
import { fc } from "../fixtures/properties.ts";
import { systemClock } from "../../src/clock.ts";
import { StartError } from "../../src/errors.ts";
import type { SignIn } from "../../src/model/sign-in.ts";
import { changeOrganization } from "../../src/store/change-organization.ts";
import type { StoredChange } from "../../src/store/changes.ts";
import { openPostgres } from "../../src/store/postgres/open.ts";
import type { Store } from "../../src/store/store.ts";
import { verifyAudit } from "../../src/store/verify-audit.ts";
import { addOrganization, audit, noon, put, subscription } from "../contract/samples.ts";
import { type Postgres, startPostgres, withoutPostgres } from "../fixtures/postgres.ts";
import { until } from "../fixtures/until.ts";

const masterKey = new Uint8Array(32).fill(7);
const pieceSize = 128 * 1024;

describe("a registry on PostgreSQL", { skip: withoutPostgres }, () => {
  let postgres: Postgres;
  let template: string;

  const open = (url: string, key = masterKey): Promise<Store> =>
    openPostgres({ url, masterKey: key, clock: systemClock, connections: 4 });

  before(async () => {
    postgres = await startPostgres();
    const url = await postgres.create();
    // Copies have its master key already.
    await (await open(url)).close();
    template = new URL(url).pathname.slice(1);
  });
  after(() => postgres?.stop());

  /** Two processes on a database that has an organization, and somebody who looks into its tables. */
  async function two(t: TestContext) {
    const url = await postgres.create(template);
    const [one, other] = await Promise.all([open(url), open(url)]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    t.after(async () => {
      await Promise.all([one.close(), other.close(), client.end()]);
    });
    await addOrganization(one.registry);
    const ask = async (sql: string): Promise<readonly Record<string, unknown>[]> => (await client.query(sql)).rows;
    return { url, one, other, ask };
  }

  const signIn: SignIn = {
    id: "sign_in_1",
    key: "key_1",
    client: "belfry",
    redirect: "app.example://back",
    challenge: "c".repeat(43),
    codeHash: new Uint8Array(32).fill(1),
    redeemed: false,
    generation: 0,
    used: 0,
    createdAt: noon,
    until: noon + 600_000,
  };
  const proof = { client: "belfry", redirect: "app.example://back", challenge: "c".repeat(43) };
  const renewal = (fill: number) => ({ hash: new Uint8Array(32).fill(fill), now: noon + 1, until: noon + 9_000_000 });

  test("two processes change one organization at once, and no change is lost", async (t) => {
    const { one, other } = await two(t);
    const add = (store: Store) =>
      changeOrganization(store.registry, "org_one", async ({ subscriptions }) => {
        const count = subscriptions.length + 1;
        const added = subscription(await store.registry.allocate(1), { name: `number ${count}` });
        return { put: [added], audit: [audit()], result: count };
      });
    const counts = await Promise.all(Array.from({ length: 20 }, (_, index) => add(index % 2 === 0 ? one : other)));
    assert.deepEqual(
      counts.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    for (const store of [one, other]) {
      const names = (await store.registry.snapshot("org_one"))!.subscriptions.map(({ name }) => name);
      assert.deepEqual(new Set(names), new Set(counts.map((count) => `number ${count}`)));
    }
    assert.deepEqual(await verifyAudit(one.history).then(({ brokenAt, last }) => [brokenAt, last.number]), [null, 21]);
  });

  test("numbers are given out once over both processes", async (t) => {
    const { one, other } = await two(t);
    const firsts = await Promise.all(
      Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? one : other).registry.allocate(3)),
    );
    assert.equal(new Set(firsts.flatMap((first) => [first, first + 1, first + 2])).size, 90);
  });

  test("a snapshot has what the other process wrote, however it was read before", async (t) => {
    const { one, other } = await two(t);
    const [first, second] = [subscription(1), subscription(2)];
    await put(one.registry, "org_one", first, second);
    await other.registry.snapshot("org_one");
    await put(one.registry, "org_one", { ...first, name: "renamed" });
    await one.registry.change({ organization: "org_one", revision: null, remove: [2], audit: [audit()] });
    await put(one.registry, "org_one", subscription(3));
    const read = (await other.registry.snapshot("org_one"))!.subscriptions;
    assert.deepEqual(read, [{ ...first, name: "renamed" }, subscription(3)]);
  });

  test("an organization that another process removed and made anew has nothing of the one before", async (t) => {
    const { one, other } = await two(t);
    await put(one.registry, "org_one", subscription(1));
    await other.registry.putPin("org_one", "virtual_key", "a", "1234");
    for (let revision = 0; revision < 5; revision++) await other.registry.snapshot("org_one");
    assert.equal(await one.registry.removeOrganization("org_one", audit()), true);
    assert.equal(await other.registry.key("key_1"), null);
    await addOrganization(one.registry);
    // As many changes as the one before had, so that no revision tells them apart.
    await put(one.registry, "org_one", subscription(2));
    await put(one.registry, "org_one", subscription(3));
    assert.deepEqual((await other.registry.snapshot("org_one"))!.subscriptions, [subscription(2), subscription(3)]);
    assert.deepEqual(await other.registry.subscription("webhook_2", null), subscription(2));
    await other.registry.putPin("org_one", "virtual_key", "b", "5678");
    await put(other.registry, "org_one", subscription(4));
    assert.deepEqual(await one.registry.pins("org_one", "virtual_key", ["a", "b"]), new Map([["b", "5678"]]));
    assert.deepEqual(await one.registry.subscription("webhook_4", null), subscription(4));
  });

  test("a snapshot is of one moment while the other process changes two subscriptions together", async (t) => {
    const { one, other } = await two(t);
    const write = (name: string) => put(one.registry, "org_one", subscription(1, { name }), subscription(2, { name }));
    await write("0");
    let running = true;
    const seen = new Set<string>();
    // Until something of it was seen on the way, however slow the other one is.
    const writing = (async () => {
      for (let round = 1; round <= 60 || (seen.size <= 3 && round <= 2_000); round++) await write(String(round));
      running = false;
    })();
    while (running) {
      const { organization, subscriptions } = (await other.registry.snapshot("org_one"))!;
      const names = new Set(subscriptions.map(({ name }) => name));
      assert.deepEqual([...names], [String(organization.revision - 2)]);
      seen.add(subscriptions[0]!.name);
    }
    await writing;
    assert.ok(seen.size > 3, `it saw ${seen.size} of all`);
  });

  test("of two processes that trade one code at once, one succeeds, and the other ends the sign-in", async (t) => {
    const { one, other } = await two(t);
    for (let round = 0; round < 10; round++) {
      const id = `sign_in_${round}`;
      await one.signIns.addSignIn({ ...signIn, id }, null, audit());
      const trade = (store: Store, fill: number) =>
        store.signIns.redeemCode(id, signIn.codeHash!, proof, renewal(fill));
      const ends = await Promise.all([trade(one, 10), trade(other, 11)]);
      assert.deepEqual(ends.map((end) => (typeof end === "object" ? "traded" : end)).toSorted(), ["reused", "traded"]);
      assert.equal(await other.signIns.signIn(id), null);
    }
  });

  test("of two processes that trade one refresh token at once, both may, but no generation comes twice in line", async (t) => {
    const { one, other } = await two(t);
    await one.signIns.addSignIn(signIn, null, audit());
    await one.signIns.redeemCode(signIn.id, signIn.codeHash!, proof, renewal(10));
    await other.signIns.noteUse(signIn.id, 0);
    const trade = (store: Store, fill: number) =>
      store.signIns.tradeRefreshToken(signIn.id, renewal(10).hash, "belfry", renewal(fill));
    const both = await Promise.all([trade(one, 20), trade(other, 21)]);
    assert.deepEqual(
      both.map((each) => (typeof each === "object" ? each.generation : each)),
      [1, 1],
    );
    await one.signIns.noteUse(signIn.id, 1);
    assert.equal(await trade(other, 22), "reused");
  });

  test("a key that one process revoked is revoked for the other at once", async (t) => {
    const { one, other } = await two(t);
    const key = {
      id: "key_1",
      role: "organization",
      organization: "org_one",
      targets: [],
      name: null,
      description: null,
      hash: Uint8Array.of(1),
      createdAt: noon,
      revokedAt: null,
    } as const;
    await one.registry.addKey(key, audit());
    assert.deepEqual(await other.registry.key("key_1"), key);
    await one.registry.revokeKey("key_1", audit());
    assert.equal((await other.registry.key("key_1"))?.revokedAt, noon);
    const both = await Promise.allSettled(
      [one, other].map((store) => store.registry.addKey({ ...key, id: "key_2" }, audit())),
    );
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
  });

  test("another master key is refused, also where two processes make the database at the same time", async () => {
    const url = await postgres.create(template);
    const stranger = new Uint8Array(32).fill(8);
    await assert.rejects(open(url, stranger), (error) => {
      assert.ok(error instanceof StartError);
      assert.match(
        error.message,
        /^The secrets in \S+ are sealed by the master key [0-9a-f]{12}, the one given is [0-9a-f]{12}/,
      );
      assert.doesNotMatch(error.message, /belfry@/);
      return true;
    });
    await (await open(url)).close();
    const fresh = await postgres.create();
    const opened = await Promise.allSettled([masterKey, stranger].map((key) => open(fresh, key)));
    assert.deepEqual(opened.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    for (const each of opened) {
      if (each.status === "fulfilled") await each.value.close();
      else assert.match(String(each.reason), /sealed by the master key/);
    }
  });

  test("the text of a model that a process is writing is left alone by one that starts, and given up once nobody goes on", async (t) => {
    const { url, one, other, ask } = await two(t);
    const text = (name: string, pieces: number) => name.repeat(pieces * pieceSize);
    const write = (store: Store, document: string) =>
      store.registry.change({ organization: "org_one", revision: null, model: { document }, audit: [audit()] });
    const read = async () => {
      const { model } = (await other.registry.snapshot("org_one"))!;
      return model!.text ?? (await other.registry.model("org_one", model!.version));
    };
    const counts = async () =>
      (
        await ask(
          "select (select count(*) from model_piece)::int as pieces, (select count(*) from model_draft)::int as drafts",
        )
      )[0];
    await write(one, text("a", 3));
    const both = write(one, text("b", 40));
    await (await open(url)).close();
    await both;
    assert.equal(await read(), text("b", 40));
    await write(other, text("c", 2));
    assert.deepEqual(await counts(), { pieces: 2, drafts: 0 });
    // As a process leaves it that was killed within a text, long ago.
    await ask(
      "insert into model_draft (version, organization, written_at) select 1000, number, now() - interval '1 hour' from organization",
    );
    await ask("insert into model_piece select number, 1000, n, 'd' from organization, generate_series(0, 50) n");
    await (await open(url)).close();
    assert.deepEqual(await counts(), { pieces: 2, drafts: 0 });
    assert.equal(await read(), text("c", 2));
  });

  test("a process that goes on with a text after it was given up is told to send it again", async (t) => {
    const { url, one, ask } = await two(t);
    // It comes no further than to its second piece before it is given up.
    await ask(
      "create function hold() returns trigger as $$ begin if exists (select 1 from model_piece) then" +
        " perform pg_advisory_xact_lock_shared(1); end if; return null; end $$ language plpgsql set lock_timeout = 0",
    );
    await ask("create trigger hold before insert on model_piece for each statement execute function hold()");
    await ask("select pg_advisory_lock(1)");
    const writing = one.registry.change({
      organization: "org_one",
      revision: null,
      model: { document: "x".repeat(60 * pieceSize) },
      audit: [audit()],
    });
    const ended = writing.then(
      () => "written",
      (error: unknown) => error,
    );
    await until("the first piece", async () => (await ask("select 1 from model_piece")).length > 0);
    assert.equal((await ask("update model_draft set given_up = true returning 1")).length, 1);
    await ask("select pg_advisory_unlock(1)");
    await (await open(url)).close();
    assert.equal(((await ended) as { code?: string }).code, "UNAVAILABLE");
    assert.equal((await one.registry.snapshot("org_one"))?.model, null);
    assert.deepEqual(await ask("select 1 from model_piece union all select 1 from model_draft"), []);
  });

  test("a damaged subscription or data key stands for itself alone", async (t) => {
    const { one, other, ask } = await two(t);
    await addOrganization(one.registry, "org_two");
    await put(one.registry, "org_one", subscription(1), subscription(2));
    await put(one.registry, "org_two", subscription(3, { organization: "org_two" }));
    await ask("update subscription set secrets = set_byte(secrets, 20, get_byte(secrets, 20) # 1) where number = 1");
    const [damaged, beside] = (await other.registry.snapshot("org_one"))!.subscriptions;
    assert.deepEqual([damaged?.isUnreadable, damaged?.state, damaged?.name], [true, "disabled", "Front desk"]);
    assert.deepEqual(beside, subscription(2));
    await assert.rejects(put(other.registry, "org_one", damaged!), { code: "CONFLICT" });
    await other.registry.change({ organization: "org_one", revision: null, remove: [1], audit: [audit()] });
    assert.deepEqual((await one.registry.snapshot("org_one"))!.subscriptions, [subscription(2)]);
    await ask(
      "update organization set data_key = set_byte(data_key, 20, get_byte(data_key, 20) # 1) where id = 'org_two'",
    );
    assert.equal((await other.registry.snapshot("org_two"))!.subscriptions[0]?.isUnreadable, true);
    await assert.rejects(put(other.registry, "org_two", subscription(4, { organization: "org_two" })), {
      code: "CONFLICT",
    });
  });

  test("whoever follows the feed of changes meets every change of both processes once, in order", async (t) => {
    const { one, other } = await two(t);
    const begin = await one.changes.lastChange();
    const made = new Set<string>();
    let running = true;
    const write = async (store: Store, name: string) => {
      for (let round = 0; round < 30; round++) {
        const id = `${name}_${round}`;
        await addOrganization(store.registry, id);
        made.add(id);
      }
    };
    const writing = Promise.all([write(one, "one"), write(other, "other")]).then(() => (running = false));
    const met: StoredChange[] = [];
    let last = begin;
    for (let wasRunning = true; wasRunning; ) {
      wasRunning = running;
      const { changes, isComplete } = await other.changes.changesAfter(last, 7);
      assert.equal(isComplete, true);
      met.push(...changes);
      last = changes.at(-1)?.number ?? last;
      if (changes.length > 0) wasRunning = true;
    }
    await writing;
    assert.deepEqual(new Set(met.map(({ id }) => id)), made);
    assert.equal(met.length, made.size);
    assert.equal(await one.changes.lastChange(), last);
  });

  test("the feed tells of whatever others keep in memory, and when old changes are gone", async (t) => {
    const { one, other, ask } = await two(t);
    const begin = await other.changes.lastChange();
    const key = {
      id: "key_1",
      role: "operator",
      organization: null,
      targets: [],
      name: null,
      description: null,
    } as const;
    await one.registry.addKey({ ...key, hash: Uint8Array.of(1), createdAt: noon, revokedAt: null }, audit());
    await put(one.registry, "org_one", subscription(1));
    await one.signIns.addSignIn(signIn, null, audit());
    await one.signIns.endSignIn(signIn.id, audit());
    await one.signIns.revokeToken("token_1", noon, audit());
    await one.signIns.revokeToken("token_1", noon, audit());
    await one.registry.revokeKey("key_1", audit());
    await one.registry.removeOrganization("org_one", audit());
    const { changes } = await other.changes.changesAfter(begin, 100);
    assert.deepEqual(
      changes.map(({ kind, id }) => `${kind} ${id}`),
      ["key key_1", "organization org_one", "sign_in sign_in_1", "token token_1", "key key_1", "organization org_one"],
    );
    await ask(`delete from change where number <= ${changes[2]!.number}`);
    assert.equal((await other.changes.changesAfter(changes[2]!.number, 100)).isComplete, true);
    assert.equal((await other.changes.changesAfter(begin, 100)).isComplete, false);
  });

  test("a text that PostgreSQL cannot hold is no fault: it is stored without, and finds nothing", async (t) => {
    const { one, other } = await two(t);
    const odd = "a\u0000b\ud800";
    await one.registry.change({ organization: "org_one", revision: null, name: odd, audit: [audit("test.act", odd)] });
    assert.equal((await other.registry.snapshot("org_one"))?.organization.name, "a\ufffdb\ufffd");
    assert.equal(await other.registry.key(odd), null);
    assert.equal(await other.registry.subscription(odd, null), null);
    assert.deepEqual(await other.registry.locate("room", odd, null), []);
    assert.deepEqual(await other.registry.pins("org_one", "virtual_key", [odd]), new Map());
    assert.equal(await other.signIns.signIn(odd), null);
    assert.equal((await verifyAudit(one.history)).brokenAt, null);
  });

  test("connections that break in the middle lose no change that was answered, and write none twice", async (t) => {
    const { one, ask } = await two(t);
    let [done, refused] = [0, 0];
    let running = true;
    const breaking = (async () => {
      while (running) {
        await ask(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'belfry' and pid <> pg_backend_pid()" +
            " and random() < 0.5",
        );
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
    })();
    for (let round = 0; round < 150; round++) {
      try {
        await put(one.registry, "org_one", subscription(round + 1));
        done++;
      } catch (error) {
        assert.equal((error as { code?: string }).code, "UNAVAILABLE", String(error));
        refused++;
      }
    }
    running = false;
    await breaking;
    const snapshot = await untilAnswered(() => one.registry.snapshot("org_one"));
    assert.equal(snapshot?.organization.revision, 1 + done, `${refused} were refused`);
    assert.equal(snapshot?.subscriptions.length, done);
    const check = await untilAnswered(() => verifyAudit(one.history));
    assert.deepEqual([check.brokenAt, check.last.number], [null, 1 + done]);
  });

  test("a transaction that somebody holds open is in nobody's way", async (t) => {
    const { url, one, other } = await two(t);
    await put(one.registry, "org_one", subscription(1));
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    t.after(() => holder.end());
    await holder.query("begin isolation level repeatable read");
    for (const table of ["organization", "subscription", "audit", "key", "sign_in", "change", "model_piece", "place"]) {
      await holder.query(`select count(*) from ${table}`);
    }
    await put(other.registry, "org_one", subscription(1, { name: "renamed" }));
    await one.registry.change({
      organization: "org_one",
      revision: null,
      model: { document: "{}", places: [{ kind: "room", id: "room_1", number: null }] },
      audit: [audit()],
    });
    assert.equal((await one.registry.snapshot("org_one"))?.subscriptions[0]?.name, "renamed");
    assert.equal(await one.registry.removeOrganization("org_one", audit()), true);
  });

  test("the bytes of an organization's subscriptions are counted right, whatever is put, removed and put back", async (t) => {
    const { one, ask } = await two(t);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ number: fc.integer({ min: 1, max: 4 }), name: fc.string() }), { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 }),
        async (given, remove) => {
          const all = given.map(({ number, name }) => subscription(number, { name }));
          await one.registry.change({ organization: "org_one", revision: null, put: all, remove, audit: [audit()] });
          const [row] = await ask(
            "select subscription_bytes::int as counted, (select coalesce(sum(octet_length(record) + octet_length(secrets)), 0)" +
              " from subscription where removed_at is null)::int as there from organization",
          );
          assert.equal(row!["counted"], row!["there"]);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("whatever is written while an organization is removed, nothing of it is left behind", async (t) => {
    const { one, other, ask } = await two(t);
    for (let round = 0; round < 10; round++) {
      const id = `org_${round}`;
      await addOrganization(one.registry, id);
      const writes = Array.from({ length: 6 }, (_, index) => [
        other.registry.putPin(id, "virtual_key", String(index), "1234"),
        other.registry.change({ organization: id, revision: null, retention: { events: 1_000 }, audit: [audit()] }),
      ]).flat();
      const ends = Promise.allSettled(writes);
      await one.registry.removeOrganization(id, audit());
      for (const end of await ends) if (end.status === "rejected") assert.equal(end.reason.code, "NOT_FOUND");
    }
    assert.deepEqual(await ask("select organization from pin union all select organization from own_retention"), []);
    assert.equal((await ask("select 1 from removed_organization")).length, 10);
  });
});

/** Connections may have been broken before. */
async function untilAnswered<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}
