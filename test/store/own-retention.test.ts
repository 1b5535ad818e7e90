// Sweeps of the embedded store, for organizations that keep what they have for a time of their own: in slices, and each row once. What
// goes and what stays: test/contract/own-retention.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/clock.ts";
import type { OwnRetention } from "../../src/model/retention.ts";
import type { Store } from "../../src/store/store.ts";
import { openSqliteInProcess } from "../../src/store/sqlite/open.ts";
import {
  addOrganization,
  audit,
  event,
  keepAll,
  noon,
  owed,
  put,
  settlement,
  subscription,
} from "../contract/samples.ts";

const day = 86_400_000;
const masterKey = new Uint8Array(32).fill(7);
const organizations = ["org_one", "org_two", "org_three"] as const;
type Name = (typeof organizations)[number];

async function open() {
  const store = await openSqliteInProcess({ directory: null, masterKey, clock: systemClock });
  for (const [index, id] of organizations.entries()) {
    await addOrganization(store.registry, id);
    await put(store.registry, id, subscription(index + 1, { organization: id, id: `webhook_${index + 1}` }));
  }
  const { epoch } = await store.ledger.acquire(noon, 0);
  return { store, epoch };
}

const keep = ({ registry }: Store, organization: Name, retention: OwnRetention) =>
  registry.change({ organization, revision: null, retention, audit: [audit()] });

/** Events at these times, each owed once. Returns the numbers of the deliveries. */
async function accept(store: Store, organization: Name, events: readonly { id: string; at: number }[]) {
  const revision = (await store.registry.snapshot(organization))!.organization.revision;
  const lane = organizations.indexOf(organization) + 1;
  const rows = events.map(({ id, at }) => event(id, { at, acceptedAt: at, deliveries: [owed(lane)] }));
  const result = await store.ledger.accept([{ organization, revision, events: rows }], null);
  if (result.status !== "done") throw new Error(result.status);
  return result.receipts.map((receipt) => (receipt.status === "accepted" ? receipt.deliveries[0]! : 0));
}

type Epoch = Awaited<ReturnType<typeof open>>["epoch"];

async function prune({ ledger }: Store, epoch: Epoch, now: number, usualMs: number) {
  const before = {
    ...keepAll,
    events: now - usualMs,
    observations: now - usualMs,
    entries: now - usualMs,
    minutes: now - usualMs,
  };
  let [expired, slices] = [0, 0];
  const lanes = new Set<number>();
  for (let more = true; more; slices++) {
    const slice = await ledger.prune(epoch, before, now, 0);
    expired += slice.expired;
    for (const lane of slice.lanes) lanes.add(lane);
    more = slice.more;
  }
  return { expired, lanes: [...lanes], slices };
}

const idsOf = async ({ history }: Store, organization: Name) =>
  (await history.events({ organization, type: null, since: null, limit: 1_000, before: null })).items.map(
    ({ id }) => id,
  );

test("a thousand events among as many of others go slice by slice, with what is owed of them and what was resent", async () => {
  const { store, epoch } = await open();
  await keep(store, "org_one", { events: day });
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let index = 0; index < 4; index++) {
    const batch = (name: string) =>
      Array.from({ length: 250 }, (_, each) => ({ id: `${name}_${index}_${each}`, at: noon }));
    ours.push(...(await accept(store, "org_one", batch("ours"))));
    theirs.push(...(await accept(store, "org_two", batch("theirs"))));
  }
  await store.ledger.settle(
    epoch,
    ours.slice(0, 600).map((number) => settlement(number, 1)),
  );
  await store.ledger.settle(
    epoch,
    theirs.slice(0, 600).map((number) => settlement(number, 2)),
  );
  await store.ledger.resend(ours[0]!, noon);
  assert.deepEqual((await prune(store, epoch, noon + day, 7 * day)).expired, 0, "nothing is older than a day");
  const { expired, lanes, slices } = await prune(store, epoch, noon + day + 1, 7 * day);
  assert.deepEqual([expired, lanes], [401, [1]]);
  assert.ok(slices > 8, `${slices} slices`);
  assert.deepEqual(await idsOf(store, "org_one"), []);
  assert.equal((await idsOf(store, "org_two")).length, 1_000);
  const { pending, attempts } = await store.history.totals();
  assert.deepEqual([pending, attempts], [400, 600]);
  assert.ok((await prune(store, epoch, noon + day + 2, 7 * day)).slices === 1, "what was swept is not looked at again");
  await store.close();
});
