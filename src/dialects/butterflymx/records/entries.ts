// GET of access logs and calls, newest first by number. What was granted when an entry came decides what a tenant reads, the
// same that decided what their webhooks sent [building/entitled.ts].

import type { Building } from "../../../building/building.ts";
import type { AccessLog, CallLog } from "../../../model/fact.ts";
import type { EntryKind } from "../../../model/entry.ts";
import type { EntryFilter, EntryView, History } from "../../../store/history.ts";
import { notFound } from "../error-responses.ts";
import { listQuery } from "../openapi/requests.ts";
import { one, page } from "../openapi/schema.ts";
import { pageWith, pagingOf } from "../page.ts";
import { callRecord } from "../payload.ts";
import type { RestCall, RestRoute } from "../rest-route.ts";
import { entryFilterOf } from "./filters.ts";
import { type SightDeps, sightFor } from "./organization.ts";
import type { Shown } from "./show.ts";
import type { Sight } from "./sight.ts";

export interface EntryDeps extends SightDeps {
  readonly history: Pick<History, "entries">;
}

export function entryRoutes(deps: EntryDeps): readonly RestRoute[] {
  return (
    [
      ["access_logs", "access", "AccessLog", "the entries of a building"],
      ["calls", "call", "Call", "the calls of a building"],
    ] as const
  ).flatMap(([name, kind, record, tells]): RestRoute[] => [
    {
      method: "GET",
      path: `/v4/buildings/:building/${name}`,
      document: { summary: `Lists ${tells}, newest first.`, query: listQuery, answers: { 200: page(record) } },
      handle: async (call) => {
        const asked = await askedIn(deps, call, kind);
        const paging = pagingOf(call.query);
        const filter = { ...entryFilterOf(call.query), ...asked };
        const { items, total } = await deps.history.entries(filter, paging.size, (paging.page - 1) * paging.size);
        return { status: 200, body: pageWith(items.map(showEntry), total, paging) };
      },
    },
    {
      method: "GET",
      path: `/v4/buildings/:building/${name}/:id`,
      document: { summary: `Shows one of ${tells}.`, answers: { 200: one(record) } },
      handle: async (call) => {
        const asked = await askedIn(deps, call, kind);
        const number = /^\d{1,15}$/.test(call.params["id"]!) ? Number(call.params["id"]) : null;
        const { items } = await deps.history.entries({ ...asked, number: number ?? -1 }, 1, 0);
        if (items.length === 0) throw notFound();
        return { status: 200, body: { data: showEntry(items[0]!) } };
      },
    },
  ]);
}

/** What the key may read in the building of the path. Throws NOT_FOUND for a building that it does not see. */
async function askedIn(deps: EntryDeps, call: RestCall, kind: EntryKind): Promise<EntryFilter> {
  const sight = await sightFor(deps, call);
  const building = sight?.model.buildings.get(call.params["building"]!);
  if (sight === null || building === undefined || !sight.buildings.has(building)) throw notFound();
  return visibleIn(sight, building, kind);
}

/** All of a building, or what its tenants of this key were granted. */
export function visibleIn({ model, selves }: Sight, building: Building, kind: EntryKind | null): EntryFilter {
  const own = selves?.filter((tenant) => tenant.building === building);
  return {
    organization: model.organization.id,
    kind,
    building: building.id,
    tenants: own?.map(({ id, unit }) => ({ id, unit: unit.id, mates: building.tenantScope === "unit" })) ?? null,
  };
}

/** The documented record [butterflymx.md §5.3, §5.5], of calls with their `guid`. */
function showEntry({ kind, data }: EntryView): Shown {
  if (kind === "call") return { ...callRecord({ data: JSON.parse(data) as CallLog }) };
  const { id, logged_at, access_point, release_status, name, release_type, unit, tenant_id, entry_method, image_url } =
    JSON.parse(data) as AccessLog;
  const where = { id, logged_at, access_point, release_status };
  return { ...where, name, release_type, unit, tenant_id, entry_method, image_url };
}
