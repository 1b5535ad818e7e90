// /v1/entries: access log entries and calls as they are kept, and the erasure of a person.

import { z } from "zod";
import { listedOrganization, managers, notFound, onlyHome, readers } from "../../auth/authorize.ts";
import { entryKinds } from "../../model/entry.ts";
import type { EntryView } from "../../store/history.ts";
import { listOf, pageAnswer, pageQuery, pageRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { iso, moment, time } from "./time.ts";

const entrySchema = z.object({
  number: z.number().describe("Belfry's own; it rises with acceptance over all panels."),
  organization: z.string(),
  kind: z.enum(entryKinds),
  building: z.string(),
  at: time,
  accepted_at: time,
  ready_made: z.boolean().describe("It came as a ready-made event, and is in no log of the vendor's API."),
  source_id: z.string().nullable().describe("The panel's own id, of a ready-made event the sender's."),
  guid: z.string().nullable().describe("Of a call."),
  status: z.string(),
  data: z.unknown().describe("The record in the vendor's words."),
});

export function entryRoutes({ history, place, erasePerson }: OperatorDeps): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/v1/entries",
      summary: "Access log entries and calls, newest first.",
      roles: readers,
      query: z.strictObject({
        organization: z.string().optional(),
        kind: z.enum(entryKinds).optional(),
        building: z.string().optional(),
        since: moment.optional().describe("The moment of the entry."),
        source_id: z.string().optional().describe("The panel's own id."),
        ...pageQuery,
      }),
      answer: listOf(entrySchema),
      handle: async ({ who, query }) => {
        const wanted = {
          organization: listedOrganization(who, query.organization),
          kind: query.kind ?? null,
          building: query.building ?? null,
          tenants: null,
          withReadyMade: true as const,
          ...(query.since === undefined ? {} : { from: query.since }),
          ...(query.source_id === undefined ? {} : { sourceId: query.source_id }),
        };
        const filter = ["entries", ...Object.values(wanted)];
        return pageAnswer(await history.entriesBefore(wanted, pageRequest(query, filter)), filter, show);
      },
    }),
    route({
      method: "DELETE",
      path: "/v1/entries",
      summary: "Erase a tenant: from the model, and everything that was kept of them. Backups are not reached.",
      roles: managers,
      query: z.strictObject({ tenant: z.string(), organization: z.string().optional() }),
      status: 204,
      answer: z.null(),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization) ?? (await ownerOf(query.tenant));
        await erasePerson(who, organization, query.tenant);
        return null;
      },
    }),
  ];

  async function ownerOf(tenant: string): Promise<string> {
    const found = await place.locate("tenant", tenant, null);
    const homes = found.map(({ organization }) => organization);
    const home = onlyHome(homes, `tenant ${tenant}`);
    if (home === null) throw notFound("tenant");
    return home;
  }
}

function show({
  number,
  organization,
  kind,
  building,
  at,
  acceptedAt,
  sourceId,
  guid,
  status,
  data,
  readyMade,
}: EntryView): z.input<typeof entrySchema> {
  const where = { number, organization, kind, building, at: iso(at), accepted_at: iso(acceptedAt) };
  return {
    ...where,
    ready_made: readyMade === true,
    source_id: sourceId,
    guid,
    status,
    data: JSON.parse(data) as unknown,
  };
}
