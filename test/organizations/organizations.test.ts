// What is known of organizations in memory follows the store in order: nothing old comes back, and what was removed is
// forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createOrganizations } from "../../src/organizations/organizations.ts";
import type { BuildingModel } from "../../src/building/building.ts";
import type { OrganizationSnapshot, Registry } from "../../src/store/registry.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const snapshotOf = (revision: number, numbers: readonly number[], model: string | null = null, id = "org_1") => ({
  organization: { id, name: id, revision },
  subscriptions: numbers.map((number) => makeSubscription({ number, organization: id, updatedAt: revision })),
  model,
  withdrawals: [],
});

/** Reads are answered when and as the test says. */
function open() {
  const reads: { readonly id: string; answer(snapshot: OrganizationSnapshot | null): Promise<void> }[] = [];
  const compiled: string[] = [];
  const registry = {
    snapshot: (id: string) =>
      new Promise<OrganizationSnapshot | null>((resolve) => {
        reads.push({
          id,
          async answer(snapshot) {
            resolve(snapshot);
            await calm();
          },
        });
      }),
  } as unknown as Registry;
  const organizations = createOrganizations(registry, (text) => {
    compiled.push(text);
    return { text } as unknown as BuildingModel;
  });
  const heard: (readonly [string, readonly number[]])[] = [];
  organizations.listen((id, { removed }) => void heard.push([id, removed]));
  const load = async (snapshot: OrganizationSnapshot) => {
    void organizations.reload(snapshot.organization.id);
    await calm();
    await reads.at(-1)!.answer(snapshot);
  };
  return { organizations, reads, compiled, heard, load };
}

test("a snapshot that is older than what is known, or the same, changes nothing and nobody hears of it", async () => {
  const { organizations, heard, load } = open();
  await load(snapshotOf(3, [1, 2]));
  await load(snapshotOf(2, [1]));
  await load(snapshotOf(3, [2]));
  const known = await organizations.get("org_1");
  assert.deepEqual([known?.revision, known?.subscriptions.length], [3, 2]);
  assert.equal(organizations.subscription(1)?.updatedAt, 3);
  assert.deepEqual(heard, [["org_1", []]]);
});

test("a reload that is asked for while another reads makes a read of its own, after it", async () => {
  const { organizations, reads } = open();
  const first = organizations.reload("org_1");
  await calm();
  const second = organizations.reload("org_1");
  await calm();
  assert.equal(reads.length, 1, "one at a time, so that no answer overtakes another");
  await reads[0]!.answer(snapshotOf(1, [1]));
  assert.equal(reads.length, 2, "the change that the second one is for may have come after the first read");
  await reads[1]!.answer(snapshotOf(2, [1, 2]));
  assert.deepEqual([(await first)?.revision, (await second)?.revision], [1, 2]);
});

test("a subscription that is gone is forgotten, its lane is named, and the others stay", async () => {
  const { organizations, heard, load } = open();
  await load(snapshotOf(1, [1, 2, 3]));
  await load(snapshotOf(1, [9], null, "org_2"));
  await load(snapshotOf(2, [2, 4]));
  assert.deepEqual(heard.at(-1), ["org_1", [1, 3]]);
  const numbers = [...organizations.subscriptions()].map(({ number }) => number);
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    [2, 4, 9],
  );
  assert.equal(organizations.subscription(1), undefined);
  assert.equal(organizations.subscription(2)?.updatedAt, 2);
});

test("a model is compiled anew exactly when its text differs", async () => {
  const { organizations, compiled, load } = open();
  await load(snapshotOf(1, [], "one"));
  await load(snapshotOf(2, [1], "one"));
  assert.deepEqual(compiled, ["one"]);
  await load(snapshotOf(3, [1], "two"));
  assert.deepEqual(compiled, ["one", "two"]);
  assert.deepEqual((await organizations.get("org_1"))?.model, { text: "two" });
  await load(snapshotOf(4, [1], null));
  assert.equal((await organizations.get("org_1"))?.model, null);
});

test("an organization that does not exist, or could not be read, is asked for again", async () => {
  const { organizations, reads } = open();
  const nobody = organizations.get("org_1");
  await calm();
  await reads[0]!.answer(null);
  assert.equal(await nobody, null);
  const again = organizations.get("org_1");
  await calm();
  await reads[1]!.answer(snapshotOf(1, [1]));
  assert.equal((await again)?.revision, 1);
});

test("an organization that was removed is forgotten with its lanes, and one of the same id begins at revision 1", async () => {
  const { organizations, reads, heard, load } = open();
  await load(snapshotOf(7, [1, 2]));
  void organizations.reload("org_1");
  await calm();
  await reads.at(-1)!.answer(null);
  assert.deepEqual([...organizations.ids()], []);
  assert.equal(organizations.subscription(1), undefined);
  assert.deepEqual(heard.at(-1), ["org_1", [1, 2]]);
  await load(snapshotOf(1, []));
  assert.equal((await organizations.get("org_1"))?.revision, 1);
});
