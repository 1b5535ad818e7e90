// Whatever ends the first of a line lets the next one go, and looks at no other line: there may be a hundred thousand of them.

import assert from "node:assert/strict";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { after, test } from "node:test";
import { deliveryClasses } from "../../src/model/delivery.ts";
import type { Epoch } from "../../src/store/shards.ts";
import type { Store } from "../../src/store/store.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import {
  accept,
  addOrganization,
  audit,
  event,
  keepAll,
  noon,
  owe,
  owed,
  put,
  settlement,
  subscription,
} from "../contract/samples.ts";
import { systemClock } from "../../src/clock.ts";

const masterKey = new Uint8Array(32).fill(7);
const lines = 200;
const later = noon + 1e9;

/** Rows of lines, and of those that wait in them, that any statement has brought. */
let looked = 0;
const { prepare } = DatabaseSync.prototype;
DatabaseSync.prototype.prepare = function counting(sql: string): StatementSync {
  const statement = prepare.call(this, sql);
  if (!/from (?:line|behind)\b/.test(sql)) return statement;
  const { all, get } = statement;
  statement.all = (...given: unknown[]) => {
    const rows = Reflect.apply(all, statement, given);
    looked += rows.length;
    return rows;
  };
  statement.get = (...given: unknown[]) => {
    looked++;
    return Reflect.apply(get, statement, given);
  };
  return statement;
};
after(() => (DatabaseSync.prototype.prepare = prepare));

type Opened = Store & { readonly epoch: Epoch };

/** What can be read of a lane in order once nothing moves any more. */
async function readable({ ledger, epoch }: Opened, lane: number): Promise<readonly number[]> {
  for (;;) {
    const reads = deliveryClasses.map((each) => ({ lane, class: each, limit: 1_000, inOrder: true }));
    const answers = await ledger.readDue(epoch, later, reads);
    if (answers.every(({ moved }) => moved === 0)) {
      return answers.flatMap(({ rows }) => rows.map(({ number }) => number));
    }
  }
}

type Begun = Opened & { readonly head: number };

/** The first of a line of lane 1 names one person, and the one that waits for it another. Lane 2 has many lines in which somebody
 * waits. */
async function begin(): Promise<Begun> {
  const store = await openSqliteInProcess({ directory: null, masterKey, clock: systemClock });
  await addOrganization(store.registry);
  for (const lane of [1, 2]) await put(store.registry, "org_one", subscription(lane));
  const { epoch } = await store.ledger.acquire(noon, 0);
  const body = JSON.stringify({ event: { data: { tenant_id: "tenant_1" } } });
  const scopes = '{"tenants":["tenant_1"]}';
  const [head] = await owe(store, "head", [owed(1)], { dialect: "butterflymx", body, scopes, subject: "door" });
  await owe(store, "next", [owed(1)], { subject: "door", acceptedAt: noon + 100, scopes: '{"selves":["tenant_2"]}' });
  const others = Array.from({ length: 2 * lines }, (_, index) => `room_${index % lines}`);
  const change = { acceptedAt: noon + 100, deliveries: [owed(2)] };
  await accept(
    store,
    others.map((subject, index) => event(`other_${index}`, { ...change, subject })),
  );
  const opened = { ...store, epoch, head: head! };
  assert.equal((await readable(opened, 2)).length, lines);
  assert.deepEqual(await readable(opened, 1), [head]);
  return opened;
}

const ends: Readonly<Record<string, (store: Begun) => Promise<unknown>>> = {
  "an attempt that succeeds": ({ ledger, epoch, head }) => ledger.settle(epoch, [settlement(head, 1)]),
  async retention({ ledger, epoch }) {
    assert.equal((await ledger.prune(epoch, { ...keepAll, events: noon + 50 }, noon + 100, 1_000)).expired, 1);
  },
  async "the retention of its own organization"({ ledger, registry, epoch }) {
    await registry.change({ organization: "org_one", revision: null, retention: { events: 50 }, audit: [audit()] });
    assert.equal((await ledger.prune(epoch, keepAll, noon + 100, 1_000)).expired, 1);
  },
  async "the erasure of a person"({ ledger }) {
    const names = { references: ["tenant_1"], keychains: [], accessTools: [] };
    const person = { organization: "org_one", id: "tenant_1", name: "Ada", ...names };
    let cursor = await ledger.erasePerson(person, null);
    while (cursor !== null) cursor = await ledger.erasePerson(person, cursor);
  },
  async "a withdrawal"({ ledger, registry, epoch }) {
    const withdraw = [{ lane: 1, tenant: "tenant_2", reason: "tenant_moved" } as const];
    await registry.change({ organization: "org_one", revision: null, withdraw, audit: [audit()] });
    const pending = (await registry.snapshot("org_one"))!.withdrawals.map(({ number }) => number);
    assert.equal(await ledger.withdraw(epoch, pending, 0, later), null);
  },
};

for (const [what, end] of Object.entries(ends)) {
  test(`${what} lets the next of its line go, and looks at no other`, async () => letsNextGo(await begin(), end));
}

test("the cancellation of a replay lets the next of its line go, and looks at no other", async () => {
  const store = await begin();
  const [receipt] = await accept(store, [event("replayed")]);
  const number = receipt?.status === "accepted" ? receipt.number : 0;
  const job = await addReplay(store, "replay_1", number);
  await addReplay(store, "replay_2", number);
  const [, head] = await readable(store, 1);
  await store.replays.cancelReplay("replay_1", "org_one", "Somebody did.", audit());
  await letsNextGo({ ...store, head: head! }, () => store.replays.cancelReplayed(store.epoch, job, later, 10));
});

async function addReplay({ replays, epoch }: Opened, id: string, event: number): Promise<number> {
  const time = { createdAt: noon + 1, from: noon, to: noon + 1, createdBy: "key_test" };
  const of = { organization: "org_one", lane: 1, perSecond: 10, types: null, spaces: null, endings: null };
  const job = await replays.addReplay({ id, ...of, ...time }, audit());
  const slice = { job: job.number, after: job.position, position: event, scannedUntil: noon };
  await replays.advanceReplay(epoch, { ...slice, deliveries: [{ event, variant: 0 }], isLast: false }, noon);
  return job.number;
}

async function letsNextGo(store: Begun, end: (store: Begun) => Promise<unknown>): Promise<void> {
  const before = await readable(store, 1);
  looked = 0;
  await end(store);
  const next = (await readable(store, 1)).filter((each) => !before.includes(each));
  assert.equal(next.length, 1, "the next of its line can be read");
  assert.ok(!(await readable(store, 1)).includes(store.head), "the first is gone");
  assert.ok(looked < 20, `${looked} rows were looked at, of ${3 * lines} in another lane`);
  await store.close();
}
