// Texts of building models in pieces, counted in rows and characters: no operation of the store carries, reads or removes more
// than a piece or two, and nothing but whole texts is ever seen or left.

import assert from "node:assert/strict";
import type { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { createEngine, type Operations } from "../../src/store/sqlite/engine.ts";
import { openDatabase } from "../../src/store/sqlite/file/database.ts";
import { migrate, migrationsDirectory } from "../../src/store/sqlite/file/migrate.ts";
import { createModelTexts } from "../../src/store/model-texts.ts";
import { readMigrations } from "../../src/store/migrations.ts";
import { commitBatch } from "../../src/store/sqlite/group-commit.ts";
import { createRegistry, registryStatements } from "../../src/store/sqlite/ports/registry.ts";
import { type Client, createClient } from "../../src/store/sqlite/thread/client.ts";
import { createVault } from "../../src/store/vault.ts";
import { audit } from "../contract/samples.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";

const pieceSize = 128 * 1024;

/** A process on the database. `heard`: operations in their order, each after it was answered. */
function start(database: DatabaseSync, onAnswer: (name: string) => Promise<void> = async () => {}) {
  const clock = createSteeredClock();
  const engine = createEngine(database, clock);
  const client: Client<Operations> = createClient<Operations>((calls) => {
    const answers = commitBatch(engine, calls);
    queueMicrotask(() => client.answered(answers));
  }, queueMicrotask);
  const heard: { readonly name: string; readonly characters: number; readonly removed: number }[] = [];
  const count = () => Number(database.prepare("select count(*) as n from model_piece").get()?.["n"]);
  const ask = client.call as (name: string, ...given: readonly unknown[]) => Promise<unknown>;
  const call = async (name: string, ...given: readonly unknown[]) => {
    const before = count();
    const answer = await ask(name, ...given);
    heard.push({ name, characters: JSON.stringify([given, answer]).length, removed: before - count() });
    await onAnswer(name);
    return answer;
  };
  const watched = { ...client, call } as Client<Operations>;
  const registry = createRegistry(watched, createVault(new Uint8Array(32)), clock);
  const plain = createRegistry(client, createVault(new Uint8Array(32)), clock);
  const put = (document: string, revision: number | null = null, organization = "org_1") =>
    registry.change({ organization, revision, model: { document }, audit: [audit()] });
  /** As somebody else reads it. */
  const read = async (organization = "org_1") => {
    const model = (await plain.snapshot(organization))?.model;
    return model == null ? null : (model.text ?? (await plain.model(organization, model.version)));
  };
  const ready = plain.ensureOrganization("org_1", "One", audit());
  return { client, registry, plain, put, read, heard, count, ready };
}

function open() {
  const database = openDatabase(":memory:");
  migrate(database, readMigrations(migrationsDirectory), 0);
  return database;
}

/** Of so many pieces; every character takes two units, so that some piece would end within one. */
const textOf = (pieces: number, name: string): string => `${name}-${"𝄞".repeat((pieces * pieceSize) / 2 - 16)}`;

test("a large text is written, read and replaced in pieces, whatever characters it has", async () => {
  const { put, read, heard, count, ready } = start(open());
  await ready;
  await put(textOf(5, "A"));
  assert.equal(await read(), textOf(5, "A"));
  await put(textOf(7, "B"));
  assert.equal(await read(), textOf(7, "B"));
  assert.equal(count(), 7);
  for (const { name, characters, removed } of heard) {
    assert.ok(characters < pieceSize + 1_000, `${name} carries ${characters} characters`);
    assert.ok(removed <= 2, `${name} removes ${removed} rows`);
  }
  assert.equal(heard.filter(({ name }) => name === "addModelPiece").length, 12);
  heard.length = 0;
  await put("small");
  assert.deepEqual([await read(), count()], ["small", 1]);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ["change", "endModel", "endModel", "endModel"],
  );
});

test("a small text is one operation, in place of another small one", async () => {
  const { put, read, heard, count, ready } = start(open());
  await ready;
  for (const text of ["one", "two"]) await put(text);
  assert.deepEqual([await read(), count()], ["two", 1]);
  assert.deepEqual(
    heard.map(({ name }) => name),
    ["change", "change"],
  );
});

test("whoever reads meanwhile gets the whole text before the change, and from then on the new one", async () => {
  const seen: (readonly [string, string | undefined])[] = [];
  const process = start(open(), async (name) => void seen.push([name, (await process.read())?.slice(0, 1)]));
  await process.ready;
  await process.put(textOf(3, "A"));
  seen.length = 0;
  await process.put(textOf(3, "B"));
  assert.deepEqual(seen, [
    ["beginModel", "A"],
    ["addModelPiece", "A"],
    ["addModelPiece", "A"],
    ["addModelPiece", "A"],
    ["change", "B"],
    ["endModel", "B"],
    ["endModel", "B"],
  ]);
});

test("a process that ends within a text leaves nothing of it, and one that ends behind it nothing of the one before", async () => {
  for (const [last, whose] of [
    ["addModelPiece", "A"],
    ["change", "B"],
    ["endModel", "B"],
  ] as const) {
    const database = open();
    const before = start(database);
    await before.ready;
    await before.put(textOf(5, "A"));
    const ending = start(database, async (name) => {
      if (name === last) await new Promise(() => {});
    });
    void ending.put(textOf(5, "B"));
    while (ending.heard.at(-1)?.name !== last) await new Promise(setImmediate);
    assert.notEqual(ending.count(), 5);
    const next = start(database);
    await createModelTexts(registryStatements(next.client)).clear();
    assert.deepEqual([(await next.read())?.slice(0, 1), next.count()], [whose, 5], `after ${last}`);
    assert.deepEqual(await next.client.call("modelsUnderWay"), []);
  }
});

test("a change that is stale or refused leaves nothing of its text", async () => {
  const { put, registry, read, count, ready } = start(open());
  const { revision } = await ready;
  await put(textOf(2, "A"));
  assert.equal((await put(textOf(3, "B"), revision)).status, "stale");
  const places = Array.from({ length: 2 }, () => ({ kind: "room", id: "r", number: null }) as const);
  const model = { document: textOf(3, "C"), places };
  const refused = registry.change({ organization: "org_1", revision: null, model, audit: [audit()] });
  await assert.rejects(refused, { code: "INVALID_MODEL" });
  assert.deepEqual([(await read())?.slice(0, 1), count()], ["A", 2]);
});

test("two texts of one organization at once: neither takes pieces of the other, and one is left", async () => {
  const { put, read, count, client, ready } = start(open());
  await ready;
  await put(textOf(2, "A"));
  await Promise.all([put(textOf(3, "B")), put(textOf(6, "C"))]);
  assert.deepEqual([await read(), count()], [textOf(6, "C"), 6]);
  assert.deepEqual(await client.call("modelsUnderWay"), []);
});

test("a text that could not be removed when it was replaced is removed when somebody needs it gone, or that fails", async () => {
  const database = open();
  const { client, plain } = start(database);
  await plain.ensureOrganization("org_1", "One", audit());
  let fails = true;
  const failing = (name: string, ...given: readonly unknown[]) =>
    name === "endModel" && fails
      ? Promise.reject(new Error("the disk is full"))
      : (client.call as (name: string, ...given: readonly unknown[]) => Promise<unknown>)(name, ...given);
  const registry = createRegistry(
    { ...client, call: failing } as Client<Operations>,
    createVault(new Uint8Array(32)),
    createSteeredClock(),
  );
  const texts = () =>
    database
      .prepare("select distinct substr(text, 1, 1) as name from model_piece where piece = 0 order by name")
      .all()
      .map(({ name }) => name);
  const put = (document: string) =>
    registry.change({ organization: "org_1", revision: null, model: { document }, audit: [audit()] });
  for (const document of [textOf(3, "A"), textOf(2, "B"), "C"]) assert.equal((await put(document)).status, "done");
  assert.deepEqual(texts(), ["A", "B", "C"]);
  await assert.rejects(registry.removeOldModels("org_1"), /the disk is full/);
  fails = false;
  assert.equal(await registry.removeOldModels("org_2"), false);
  assert.deepEqual(texts(), ["A", "B", "C"]);
  assert.equal(await registry.removeOldModels("org_1"), true);
  assert.deepEqual(texts(), ["C"]);
  assert.equal(await registry.removeOldModels("org_1"), false);
});

test("a text that was replaced is read no longer, and no organization reads that of another", async () => {
  const { put, plain, ready } = start(open());
  await ready;
  await plain.ensureOrganization("org_2", "Two", audit());
  const first = await put(textOf(2, "A"));
  const second = await put(textOf(2, "B"));
  assert.ok(first.status === "done" && second.status === "done");
  assert.equal(await plain.model("org_1", first.modelVersion!), null);
  assert.equal(await plain.model("org_2", second.modelVersion!), null);
  assert.equal((await plain.model("org_1", second.modelVersion!))?.slice(0, 1), "B");
  await plain.removeOrganization("org_1", audit());
  await plain.ensureOrganization("org_1", "One", audit());
  assert.equal(await plain.model("org_1", second.modelVersion!), null);
  const again = await put("small");
  assert.ok(again.status === "done" && again.modelVersion! > second.modelVersion!, "no version comes twice");
});
