import assert from "node:assert/strict";
import { test } from "node:test";
import type { BelfryError } from "../../src/errors.ts";
import type { BuildingDocument, ModelDocument } from "../../src/building/document.ts";
import type { Principal } from "../../src/model/principal.ts";
import { createModelChanges, type ModelEdit } from "../../src/organizations/replace-model.ts";
import type { Registry } from "../../src/store/registry.ts";
import { openTestStore } from "../fixtures/test-store.ts";
import { liveOrganizations } from "../fixtures/live-organizations.ts";
import { createSteeredClock } from "../fixtures/steered-clock.ts";
import { makeSubscription } from "../fixtures/subscription.ts";

const who: Principal = { key: "client_1", role: "organization", organization: "org_1", targets: [] };
const edit: ModelEdit = { organization: "org_1", who, action: "tenant.create", object: "t" };

const model: ModelDocument = {
  organization: { id: "org_1", name: "One" },
  sites: [
    {
      id: "site_1",
      name: "Site",
      timezone: "UTC",
      buildings: [{ id: "b1", name: "Building", units: [{ id: "u1", label: "1" }], tenants: [] }],
    },
  ],
};

/** The same model with its only building altered. */
function altered(stored: ModelDocument, alter: (building: BuildingDocument) => BuildingDocument): ModelDocument {
  const [site] = stored.sites;
  return { ...stored, sites: [{ ...site!, buildings: site!.buildings!.map(alter) }] };
}

const withTenant =
  (id: string, unit = "u1") =>
  (stored: ModelDocument) =>
    altered(stored, (building) => ({ ...building, tenants: [...(building.tenants ?? []), { id, unit_id: unit }] }));

const tenantsOf = (document: ModelDocument | undefined) =>
  document?.sites[0]?.buildings?.[0]?.tenants?.map(({ id }) => id);

/** `before` runs before each change is written: what somebody else does meanwhile. */
async function open(before: (stored: Registry) => Promise<void> = async () => {}) {
  const clock = createSteeredClock();
  const store = await openTestStore({ directory: null, masterKey: new Uint8Array(32), clock });
  const { registry, place } = liveOrganizations(store.registry, clock);
  const meddled: Registry = {
    ...registry,
    change: async (change) => {
      await before(store.registry);
      return registry.change(change);
    },
  };
  const models = createModelChanges({ registry: meddled, clock });
  const audited = async () =>
    (await store.history.audit({ limit: 50, before: null })).items.map(({ action, object, actor }) =>
      [action, object, actor].join(" "),
    );
  const stored = async () => {
    const text = (await store.registry.snapshot("org_1"))?.model?.text;
    return text == null ? undefined : (JSON.parse(text) as ModelDocument);
  };
  return { store, registry, place, models, audited, stored };
}

test("an edit changes its part, gives numbers to what is new, is audited by its own name and known at once", async () => {
  const { store, models, place, audited, stored } = await open();
  await models.replace(who, model);
  const { document, removed } = await models.change({ ...edit, object: "t1" }, withTenant("t1"));
  assert.deepEqual(removed, []);
  assert.deepEqual(await stored(), document);
  assert.ok(Number.isSafeInteger(document.sites[0]!.buildings![0]!.tenants![0]!.butterflymx_id));
  assert.equal(document.sites[0]!.name, "Site");
  assert.equal((await place.model("org_1"))?.tenants.get("t1")?.unit.id, "u1");
  assert.deepEqual(await audited(), [
    "tenant.create t1 client_1",
    "building_model.put org_1 client_1",
    "organization.create org_1 client_1",
  ]);
  await store.close();
});

test("edits at once lose nothing of each other, also where another process writes in between", async () => {
  let between = 2;
  const { store, models, stored } = await open(async (others) => {
    if (between-- <= 0) return;
    const { organization } = (await others.snapshot("org_1"))!;
    const audit = [{ at: 0, actor: "other", action: "rename", object: "org_1", detail: null }];
    await others.change({ organization: "org_1", revision: organization.revision, name: `${between}`, audit });
  });
  await models.replace(who, model);
  between = 2;
  const ids = ["t1", "t2", "t3", "t4"];
  let decided = 0;
  const counted = (id: string) => (document: ModelDocument) => {
    decided++;
    return withTenant(id)(document);
  };
  await Promise.all(ids.map((id) => models.change(edit, counted(id))));
  assert.deepEqual(tenantsOf(await stored()), ids);
  assert.equal(decided, ids.length + 2, "decided again for each write that came between");
  await store.close();
});

test("an edit with faults, one that throws and one of nothing write nothing", async () => {
  const { store, models, audited, stored } = await open();
  await models.replace(who, model);
  const before = { stored: await stored(), audited: await audited() };
  await assert.rejects(models.change(edit, withTenant("t1", "nowhere")), {
    code: "INVALID_MODEL",
    message: /one fault; nothing of it was stored/,
  });
  await assert.rejects(
    models.change(edit, () => {
      throw new Error("no");
    }),
    /^Error: no$/,
  );
  const foreign = (document: ModelDocument) => ({ ...document, organization: { id: "org_2", name: "Two" } });
  await assert.rejects(models.change(edit, foreign), /the model of org_1 gives one of org_2/);
  assert.deepEqual((await models.change(edit, (document) => document)).document, before.stored);
  assert.deepEqual({ stored: await stored(), audited: await audited() }, before);
  await assert.rejects(
    models.change({ ...edit, organization: "org_9" }, (document) => document),
    {
      code: "NOT_FOUND",
    },
  );
  await store.close();
});

test("an edit may begin with an organization that has no model, and fills the one it gets", async () => {
  const { store, registry, models, stored } = await open();
  await registry.ensureOrganization("org_1", "One", { at: 0, actor: "k", action: "a", object: "o", detail: null });
  await models.change(edit, (empty) => {
    assert.deepEqual(empty, { organization: { id: "org_1", name: "One" }, sites: [] });
    return { ...empty, sites: model.sites };
  });
  assert.deepEqual(tenantsOf(await stored()), []);
  await store.close();
});

test("what is subscribed for a tenant that an edit removes goes with it", async () => {
  const { store, registry, models, audited } = await open();
  await models.replace(who, withTenant("t2")(withTenant("t1")(model)));
  const scoped = (number: number, id: string) =>
    makeSubscription({ number, id: `hook_${id}`, organization: "org_1", scope: { kind: "tenant", id } });
  await registry.change({
    organization: "org_1",
    revision: null,
    put: [scoped(1, "t1"), scoped(2, "t2")],
    audit: [],
  });
  const evict = (document: ModelDocument) =>
    altered(document, (building) => ({ ...building, tenants: building.tenants!.filter(({ id }) => id !== "t1") }));
  const { removed } = await models.change({ ...edit, action: "tenant.delete", object: "t1" }, evict);
  assert.deepEqual(removed, ["hook_t1"]);
  assert.deepEqual(
    (await registry.snapshot("org_1"))!.subscriptions.map(({ id }) => id),
    ["hook_t2"],
  );
  assert.deepEqual((await audited()).slice(0, 2).toSorted(), [
    "subscription.delete hook_t1 client_1",
    "tenant.delete t1 client_1",
  ]);
  await store.close();
});

test("a key of another organization creates nothing by putting a model", async () => {
  const { store, registry, models } = await open();
  for (const stranger of [
    { ...who, organization: "org_2" },
    { ...who, role: "viewer" as const },
  ]) {
    await assert.rejects(models.replace(stranger, model), { code: "NOT_FOUND" });
  }
  assert.deepEqual(await registry.organizations(), []);
  await store.close();
});

test("the model as of a revision is read anew where what is known is older", async () => {
  const { store, place, models } = await open();
  const { document: put } = await models.replace(who, model);
  assert.equal((await place.model("org_1"))?.organization.name, "One");
  // Behind the back of this process, as another node does it.
  const { revision } = (await store.registry.snapshot("org_1"))!.organization;
  const document = JSON.stringify({ ...put, organization: { id: "org_1", name: "New" } });
  const changed = { document, places: [] };
  await store.registry.change({ organization: "org_1", revision, model: changed, audit: [] });
  assert.equal((await place.model("org_1", revision))?.organization.name, "One");
  assert.equal((await place.model("org_1", revision + 1))?.organization.name, "New");
  assert.equal((await place.model("org_1"))?.organization.name, "New");
  assert.equal(await place.model("org_unknown"), null);
  await store.close();
});

test("what a vendor's API deleted and made is kept over a put, until it is restored", async () => {
  const { models } = await open();
  await models.replace(who, withTenant("t1")(model));
  const deleted = [{ kind: "tenant", id: "t1" }];
  await models.change(edit, (stored) => {
    const without = altered(stored, (building) => ({
      ...building,
      tenants: [{ id: "t9", unit_id: "u1", origin: "api" } as never],
    }));
    return { ...without, deleted_by_api: deleted };
  });
  const kept = await models.replace(who, withTenant("t1")(model));
  assert.deepEqual(tenantsOf(kept.document), ["t9"]);
  assert.deepEqual(kept.document.deleted_by_api, deleted);
  const restored = await models.replace(who, withTenant("t1")(model), { restore: true });
  assert.deepEqual(tenantsOf(restored.document), ["t1", "t9"]);
});

test("a put that names another revision than the stored one writes nothing", async () => {
  const { models, registry } = await open();
  await models.replace(who, model);
  const { revision } = (await registry.snapshot("org_1"))!.organization;
  await assert.rejects(models.replace(who, withTenant("t1")(model), { revision: revision + 1 }), {
    code: "REVISION_CHANGED",
  });
  assert.equal((await registry.snapshot("org_1"))!.organization.revision, revision);
  await models.replace(who, withTenant("t1")(model), { revision });
});

test("an edit is checked where it changes something, whatever else the model holds", async () => {
  const { models } = await open();
  await models.replace(who, withTenant("t1")(model));
  const wrong = (stored: ModelDocument): ModelDocument =>
    altered(stored, (building) => ({ ...building, units: [{ id: "u 1", label: "1" }, ...building.units!] }));
  await assert.rejects(models.change(edit, wrong), (error: BelfryError) => {
    assert.deepEqual(
      error.problems.map(({ code }) => code),
      ["INVALID_ID"],
    );
    return true;
  });
  const inPlace = (stored: ModelDocument): ModelDocument =>
    altered(stored, (building) => ({
      ...building,
      tenants: building.tenants!.map((each) => ({ ...each, unit_id: "u9" })),
    }));
  await assert.rejects(models.change(edit, inPlace), { code: "INVALID_MODEL" });
});
