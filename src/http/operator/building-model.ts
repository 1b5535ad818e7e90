// PUT and GET /v1/building-model: the place of one organization, whole. What hangs on a building or a tenant that is no
// longer in it goes with it.

import { z } from "zod";
import { checkModel } from "../../building/check.ts";
import type { ModelDocument } from "../../building/document.ts";
import { assignNumbers } from "../../building/assign-numbers.ts";
import { placesOf } from "../../building/places.ts";
import { BelfryError, type Problem } from "../../errors.ts";
import { mayManage, type Principal } from "../../model/principal.ts";
import type { Subscription } from "../../model/subscription.ts";
import { changeOrganization, type Decision } from "../../store/change-organization.ts";
import type { AuditEntry, OrganizationSnapshot, Place } from "../../store/registry.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { notFound, listedOrganization, managers, readers } from "../../auth/authorize.ts";

const modelSchema = z.unknown().meta({
  type: "object",
  description: "The whole building model of one organization, nested: sites, buildings, floors, rooms, sensors, doors.",
  required: ["organization", "sites"],
  properties: {
    organization: {
      type: "object",
      required: ["id", "name"],
      properties: { id: { type: "string" }, name: { type: "string" } },
    },
    sites: { type: "array", items: { type: "object" } },
  },
});

const largest = 32 * 1024 * 1024;

export function buildingModelRoutes(deps: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "PUT",
      path: "/v1/building-model",
      summary: "Replace the building model of an organization. Answers with the model as it now stands.",
      roles: managers,
      body: modelSchema,
      bodyLimit: largest,
      answer: modelSchema,
      handle: async ({ who, body, reply }) => {
        const checked = checkModel(body);
        if ("problems" in checked) throw invalid(checked.problems);
        const { document, removed } = await put(deps, who, checked.document);
        if (removed.length > 0) reply.header("belfry-removed-subscriptions", removed.join(", "));
        return document;
      },
    }),
    route({
      method: "GET",
      path: "/v1/building-model",
      summary: "The building model of an organization; without one named, of the only one there is.",
      roles: readers,
      query: z.strictObject({ organization: z.string().optional() }),
      answer: modelSchema,
      handle: async ({ who, query }) => {
        const id = listedOrganization(who, query.organization) ?? (await onlyOrganization(deps));
        const snapshot = await deps.registry.snapshot(id);
        if (snapshot === null) throw notFound("organization");
        const { organization, model } = snapshot;
        const empty: ModelDocument = { organization: { id, name: organization.name }, sites: [] };
        return model === null ? empty : (JSON.parse(model) as unknown);
      },
    }),
  ];
}

async function onlyOrganization({ registry }: OperatorDeps): Promise<string> {
  const [first, ...more] = await registry.organizations();
  if (first === undefined) throw notFound("organization");
  if (more.length === 0) return first.id;
  throw new BelfryError("ORGANIZATION_REQUIRED", "There are several organizations. Name one with ?organization=ID.");
}

interface Written {
  readonly document: ModelDocument;
  /** Public ids of the subscriptions that went with their building or tenant. */
  readonly removed: readonly string[];
}

async function put(deps: OperatorDeps, who: Principal, document: ModelDocument): Promise<Written> {
  const { id, name } = document.organization;
  if (!mayManage(who, id)) throw notFound("organization");
  const created = { at: deps.clock.now(), actor: who.key, action: "organization.create", object: id, detail: null };
  await deps.registry.ensureOrganization(id, name, created);
  const taken = (places: readonly Place[]) => invalid(places.map(takenProblem));
  return changeOrganization(deps.registry, id, (snapshot) => decide(deps, who, document, snapshot), taken);
}

async function decide(
  deps: OperatorDeps,
  who: Principal,
  given: ModelDocument,
  snapshot: OrganizationSnapshot,
): Promise<Decision<Written>> {
  const { registry, clock } = deps;
  const previous = snapshot.model === null ? null : (JSON.parse(snapshot.model) as ModelDocument);
  const document = await assignNumbers(given, previous, (count) => registry.allocate(count));
  const text = JSON.stringify(document);
  const places = placesOf(document);
  const orphans = orphaned(snapshot.subscriptions, places);
  const result = { document, removed: orphans.map(({ id }) => id) };
  const { organization } = document;
  if (text === snapshot.model && organization.name === snapshot.organization.name && orphans.length === 0) {
    return { audit: [], result };
  }
  const entry = (action: string, object: string, detail: object | null): AuditEntry => ({
    at: clock.now(),
    actor: who.key,
    action,
    object,
    detail: detail === null ? null : JSON.stringify(detail),
  });
  return {
    name: organization.name,
    model: { document: text, places },
    remove: orphans.map(({ number }) => number),
    audit: [
      entry("building_model.put", organization.id, { places: places.length }),
      ...orphans.map(({ id, scope }) => entry("subscription.delete", id, { reason: "removed from the model", scope })),
    ],
    result,
  };
}

/** Subscriptions of buildings and tenants that the model no longer has. */
function orphaned(subscriptions: readonly Subscription[], places: readonly Place[]): readonly Subscription[] {
  const present = new Set(places.map(({ kind, id }) => `${kind} ${id}`));
  return subscriptions.filter(
    ({ scope }) => scope.kind !== "organization" && !present.has(`${scope.kind} ${scope.id}`),
  );
}

function invalid(problems: readonly Problem[]): BelfryError {
  const count = problems.length === 1 ? "one fault" : `${problems.length} faults`;
  return new BelfryError(
    "INVALID_MODEL",
    `The building model has ${count}; nothing of it was stored. Mend what problems names.`,
    {
      problems,
    },
  );
}

const takenProblem = ({ kind, id }: Place): Problem => ({
  path: `${kind} ${id}`,
  code: "ID_TAKEN",
  message: `The ${kind} ${id} belongs to another organization already. Give it an id of its own.`,
});
