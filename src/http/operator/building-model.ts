// PUT and GET /v1/building-model: the place of one organization, whole. What hangs on a building or a tenant that is no
// longer in it goes with it.

import { z } from "zod";
import { listedOrganization, managers, notFound, readers } from "../../auth/authorize.ts";
import { model } from "../../building/shape.ts";
import { BelfryError } from "../../errors.ts";
import { mapBridgeUrls } from "../../model/bridge-urls.ts";
import { maskedUrl } from "../../model/subscription.ts";
import { storedModel } from "../../organizations/replace-model.ts";
import type { Registry } from "../../store/registry.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";

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
    removed_subscriptions: {
      type: "array",
      items: { type: "string" },
      description: "In answers to PUT: ids of the subscriptions that went with their building or tenant. Else ignored.",
    },
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
      query: z.strictObject({
        restore: z
          .enum(["true", "false"])
          .default("false")
          .describe("Bring back what a vendor's API has deleted and the model names."),
        dry_run: z
          .enum(["true", "false"])
          .default("false")
          .describe("Store nothing: check the model, and answer as it would stand."),
      }),
      body: z.unknown().meta({ ...model.schema }),
      rawBody: true,
      bodyLimit: largest,
      worksLong: true,
      answer: modelSchema,
      handle: async ({ who, query, body, reply }) => {
        const match = reply.request.headers["if-match"];
        const options = {
          restore: query.restore === "true",
          isDry: query.dry_run === "true",
          ...(match !== undefined && { revision: revisionOf(match) }),
        };
        const { text, removed } = await deps.models.put(who, (body as Buffer | undefined) ?? Buffer.alloc(0), options);
        // A header would hold a few hundred of them at most.
        const told = removed.length === 0 ? "" : `,"removed_subscriptions":${JSON.stringify(removed)}`;
        return `${text.slice(0, -1)}${told}}`;
      },
    }),
    route({
      method: "GET",
      path: "/v1/building-model",
      summary: "The building model of an organization; without one named, of the only one there is.",
      roles: readers,
      query: z.strictObject({ organization: z.string().optional() }),
      answer: modelSchema,
      handle: async ({ who, query, reply }) => {
        const id = listedOrganization(who, query.organization) ?? (await onlyOrganization(deps));
        const { revision, text } = await currentModel(deps.registry, id);
        // Throws for one that was damaged.
        await deps.place.model(id);
        reply.header("etag", `"${revision}"`);
        return who.role === "viewer" ? mapBridgeUrls(text, maskedUrl) : text;
      },
    }),
  ];
}

/** The text as it is stored: written anew, numbers would lose digits. Throws NOT_FOUND. */
async function currentModel(registry: Registry, id: string): Promise<{ revision: number; text: string }> {
  for (;;) {
    const snapshot = await registry.snapshot(id);
    if (snapshot === null) throw notFound("organization");
    const text = await storedModel(registry, snapshot);
    if (text !== null) return { revision: snapshot.organization.revision, text };
  }
}

/** `"7"` or `7`, as `GET` gives it in its `etag`. */
function revisionOf(header: string): number {
  const [, digits] = /^(?:W\/)?"?(\d{1,15})"?$/.exec(header.trim()) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new BelfryError("BAD_REQUEST", 'If-Match must be a revision, such as "7", from the etag of the model.');
}

/** For an operator who names none. */
export async function onlyOrganization({ registry }: Pick<OperatorDeps, "registry">): Promise<string> {
  const [first, ...more] = await registry.organizations();
  if (first === undefined) throw notFound("organization");
  if (more.length === 0) return first.id;
  throw new BelfryError("ORGANIZATION_REQUIRED", "There are several organizations. Name one with ?organization=ID.");
}
