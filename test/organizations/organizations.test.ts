// What is known of organizations in memory follows the store in order: nothing old comes back, and what was removed is
// forgotten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createOrganizations } from "../../src/organizations/organizations.ts";
import type { BuildingModel } from "../../src/building/building.ts";
import type { ModelDocument } from "../../src/building/document.ts";
import type { OrganizationSnapshot, Registry, StoredModel } from "../../src/store/registry.ts";
import { calm } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

/** `model`: the version of a small one, or all of it. */
const snapshotOf = (
  revision: number,
  numbers: readonly number[],
  model: number | StoredModel | null = null,
  id = "org_1",
) => ({
  organization: { id, name: id, revision },
  subscriptions: numbers.map((number) => makeSubscription({ number, organization: id, updatedAt: revision })),
  model: typeof model === "number" ? { version: model, text: `text ${model}` } : model,
  withdrawals: [],
});

/** Reads are answered when and as the test says. */
function open() {
  const reads: { readonly id: string; answer(snapshot: OrganizationSnapshot | null): Promise<void> }[] = [];
  const compiled: (string | ModelDocument)[] = [];
  /** Of large models, by version: as the store answers. */
  const texts = new Map<number, string>();
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
    model: (_: string, version: number) => Promise.resolve(texts.get(version) ?? null),
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
  return { organizations, reads, compiled, texts, heard, load };
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

test("a model is compiled anew exactly when its version differs", async () => {
  const { organizations, compiled, load } = open();
  await load(snapshotOf(1, [], 1));
  await load(snapshotOf(2, [1], 1));
  assert.deepEqual(compiled, ["text 1"]);
  await load(snapshotOf(3, [1], 2));
  assert.deepEqual(compiled, ["text 1", "text 2"]);
  assert.deepEqual((await organizations.get("org_1"))?.model, { text: "text 2" });
  await load(snapshotOf(4, [1], null));
  assert.equal((await organizations.get("org_1"))?.model, null);
});

test("a large model is read by its version, and not at all where it is known or this process has written it", async () => {
  const { organizations, compiled, texts, reads, load } = open();
  const large = (version: number): StoredModel => ({ version, text: null });
  texts.set(1, "large 1");
  await load(snapshotOf(1, [], large(1)));
  await load(snapshotOf(2, [1], large(1)));
  assert.deepEqual(compiled, ["large 1"]);
  const document: ModelDocument = { organization: { id: "org_1", name: "One" }, sites: [] };
  for (const [version, revision] of [
    [2, 3],
    [1, 4],
  ] as const) {
    texts.set(3, "large 3");
    void organizations.reload("org_1", { version, document });
    await calm();
    await reads.at(-1)!.answer(snapshotOf(revision, [1], large(revision - 1)));
  }
  assert.deepEqual(compiled, ["large 1", document, "large 3"], "what was written meanwhile by another is read");
});

test("an organization whose large model is replaced while it is read is read again", async () => {
  const { organizations, compiled, texts, reads, load } = open();
  await load(snapshotOf(1, [1], { version: 1, text: null }));
  assert.deepEqual([...organizations.ids()], [], "version 1 is gone");
  texts.set(2, "large 2");
  await reads.at(-1)!.answer(snapshotOf(2, [1], { version: 2, text: null }));
  assert.deepEqual([compiled, (await organizations.get("org_1"))?.revision], [["large 2"], 2]);
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
