// /v1/replays: what a subscription was owed between two times is delivered to it once more, as a job; or, as a dry run, counted.

import { z } from "zod";
import { listedOrganization, notFound, owners, subscriptionReaders } from "../../auth/authorize.ts";
import { normalMac } from "../../building/mac.ts";
import { BelfryError } from "../../errors.ts";
import { comparisons, type Filters, type SubscriptionScope } from "../../model/subscription.ts";
import { mayRead, type Principal } from "../../model/principal.ts";
import { endings, progressOf, type Replay, replayStates } from "../../model/replay.ts";
import type { Draft, DryRun, ReplayRequest } from "../../replays/replays-port.ts";
import { listOf, pageAnswer, pageQuery, pageRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { dialectName } from "./dialect-name.ts";
import { owned, ownsIn, ownSubscriptions, readableSubscription } from "./owned.ts";
import { scopeAsked } from "./scope-asked.ts";
import { mustBe } from "../schema-messages.ts";
import { bodyMoment, iso, time } from "./time.ts";

const names = (most: number) => z.array(z.string().min(1).max(200)).min(1).max(most);
const ids = names(1_000).optional();

const filters = z.strictObject({
  org_ids: ids,
  site_ids: ids,
  building_ids: ids,
  floor_ids: ids,
  room_ids: ids,
  zone_ids: ids,
  mac_addresses: ids,
  occupancy: z
    .strictObject({ comparison: z.enum(Object.keys(comparisons) as (keyof typeof comparisons)[]), value: z.number() })
    .optional(),
});

const draft = z.strictObject({
  dialect: dialectName,
  types: names(100).describe("First names of event types, such as ROOM_OCCUPANCY or access_log.create."),
  scope: scopeAsked,
  filters: filters.nullable().optional(),
});

const request = z.strictObject({
  subscription: z
    .union([z.string().min(1).max(200), draft], {
      error: mustBe("the id of a subscription, or a draft with its dialect and types"),
    })
    .describe("Id of a subscription; for a dry run also a draft of one that does not exist."),
  organization: z.string().optional().describe("Whose subscription or draft; an operator's key names it for a draft."),
  from: bodyMoment.describe("Accepted then or later."),
  to: bodyMoment.describe("Accepted before. A time to come means now."),
  types: names(100).optional().describe("Of those that the subscription takes; default: all."),
  spaces: names(100).optional().describe("Buildings, floors, rooms, zones, sensors or doors; default: all."),
  states: z
    .array(z.enum(endings))
    .min(1)
    .optional()
    .describe("How their delivery to this subscription ended; none: there was none. Default: whatever came of it."),
  per_second: z.number().int().min(1).optional().describe("Deliveries a second."),
  dry_run: z.boolean().default(false).describe("Send nothing: count."),
});

const replaySchema = z.object({
  id: z.string(),
  organization: z.string(),
  subscription: z.string(),
  state: z.enum(replayStates),
  reason: z.string().nullable().describe("Why it was cancelled."),
  from: time,
  to: time,
  types: z.array(z.string()).nullable(),
  spaces: z.array(z.string()).nullable(),
  states: z.array(z.enum(endings)).nullable(),
  per_second: z.number(),
  done: z.number().describe("Deliveries that it has added so far. GET /v1/deliveries tells what became of them."),
  progress: z.number().describe("How much of the time was looked through, 0 to 1."),
  scanned_until: time.nullable().describe("Events accepted up to then were looked at."),
  created_at: time,
  created_by: z.string().describe("Id of the key."),
  ended_at: time.nullable(),
});

const dryRunSchema = z.object({
  dry_run: z.literal(true),
  total: z.number(),
  per_second: z.number(),
  takes_s: z.number().describe("At this pace."),
  counts: z.array(z.object({ type: z.string(), hour: time, count: z.number() })),
  sample: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      subject: z.string(),
      at: time,
      accepted_at: time,
      body: z.string().describe("As it would be sent."),
    }),
  ),
  complete: z.boolean().describe("false: the time was up; what was accepted after `scanned_until` is not counted."),
  scanned_until: time.nullable(),
  kept_from: time.nullable().describe("When the oldest event that is kept was accepted."),
  derived: z
    .object({ types: z.array(z.string()), from: time, until: time })
    .nullable()
    .describe("Types that were not kept and were worked out from what the observation log holds; of drafts only."),
  not_kept: z
    .array(z.object({ type: z.string(), log_from: time.nullable() }))
    .describe(
      "Types that are kept only while somebody takes them, and of which nothing is kept of that time. The observation log reaches back to `log_from`.",
    ),
});

export function replayRoutes(deps: OperatorDeps): readonly Route[] {
  const { replays, place, registry } = deps;

  /** Throws NOT_FOUND for a scope that the key may not manage. */
  const draftOf = async (who: Principal, given: z.output<typeof draft>, asked: string | undefined): Promise<Draft> => {
    const organization = listedOrganization(who, asked);
    if (organization === null) {
      throw new BelfryError("ORGANIZATION_REQUIRED", "Name the organization of the draft in `organization`.");
    }
    const scope = given.scope as SubscriptionScope;
    const model = await place.model(organization);
    if (!(await ownsIn(model, who, { organization, scope }))) throw notFound(scope.kind);
    return { organization, dialect: given.dialect, types: given.types, scope, filters: filtersOf(given.filters) };
  };

  /** For whoever reads the whole organization, and the owner of its subscription. Throws NOT_FOUND. */
  const readable = async (who: Principal, id: string): Promise<Replay> => {
    const found = await replays.get(id, who.organization);
    if (found === null) throw notFound("replay");
    if (mayRead(who, found.organization)) return found;
    const own = await ownSubscriptions(deps, who);
    if (own?.some(({ number }) => number === found.lane) !== true) throw notFound("replay");
    return found;
  };

  return [
    route({
      method: "POST",
      path: "/v1/replays",
      summary:
        "Deliver to a subscription once more what it was owed between two times, or would have been owed. A dry run counts only.",
      roles: owners,
      status: 202,
      body: request,
      answer: z.union([replaySchema, dryRunSchema]),
      handle: async ({ who, body }) => {
        const { subscription: named, dry_run: isDry } = body;
        const wanted = requestOf(body);
        if (typeof named !== "string") {
          if (!isDry) {
            throw new BelfryError("INVALID", "A draft of a subscription can only be counted: add `dry_run`: true.");
          }
          return showDryRun(await replays.dryRun(await draftOf(who, named, body.organization), wanted));
        }
        const organization = listedOrganization(who, body.organization);
        const subscription = await owned(deps, { ...who, organization }, named);
        if (isDry) return showDryRun(await replays.dryRun(subscription, wanted));
        return showReplay(await replays.create(subscription, wanted, who.key));
      },
    }),
    route({
      method: "GET",
      path: "/v1/replays",
      summary: "Replays, newest first. Keys of buildings and tenants see those of their subscriptions.",
      roles: subscriptionReaders,
      query: z.strictObject({
        organization: z.string().optional(),
        subscription: z.string().optional(),
        ...pageQuery,
      }),
      answer: listOf(replaySchema),
      handle: async ({ who, query }) => {
        const organization = listedOrganization(who, query.organization);
        const lanes =
          query.subscription === undefined
            ? ((await ownSubscriptions(deps, who))?.map(({ number }) => number) ?? null)
            : [(await readableSubscription(deps, who, query.subscription)).number];
        const filter = ["replays", lanes === null ? null : who.key, organization, query.subscription ?? null];
        const page = await replays.list({ organization, lanes, ...pageRequest(query, filter) });
        return pageAnswer(page, filter, showReplay);
      },
    }),
    route({
      method: "GET",
      path: "/v1/replays/:id",
      summary: "One replay, and how far it is.",
      roles: subscriptionReaders,
      answer: replaySchema,
      handle: async ({ who, params }) => showReplay(await readable(who, params["id"]!)),
    }),
    route({
      method: "POST",
      path: "/v1/replays/:id/cancel",
      summary: "Add nothing more, and cancel what the replay added and is not delivered yet.",
      roles: owners,
      answer: replaySchema,
      handle: async ({ who, params }) => {
        const found = await readable(who, params["id"]!);
        // One whose subscription is gone has ended, or does so by itself.
        if ((await registry.subscription(found.subscription, found.organization)) === null) return showReplay(found);
        await owned(deps, { ...who, organization: found.organization }, found.subscription);
        return showReplay(await replays.cancel(found, who.key));
      },
    }),
  ];
}

function requestOf(body: z.output<typeof request>): ReplayRequest {
  return {
    from: body.from,
    to: body.to,
    types: body.types ?? null,
    spaces: body.spaces ?? null,
    endings: body.states ?? null,
    perSecond: body.per_second ?? null,
  };
}

function filtersOf(given: z.output<typeof filters> | null | undefined): Filters | null {
  if (given === null || given === undefined) return null;
  const { mac_addresses: macs, ...others } = given;
  const wanted = { ...others, ...(macs && { mac_addresses: macs.map((mac) => normalMac(mac) ?? mac) }) };
  return JSON.parse(JSON.stringify(wanted)) as Filters;
}

function showReplay(replay: Replay): z.input<typeof replaySchema> {
  const { id, organization, subscription, state, reason, types, spaces } = replay;
  return {
    id,
    organization,
    subscription,
    state,
    reason,
    from: iso(replay.from),
    to: iso(replay.to),
    types: types === null ? null : [...types],
    spaces: spaces === null ? null : [...spaces],
    states: replay.endings === null ? null : [...replay.endings],
    per_second: replay.perSecond,
    done: replay.added,
    progress: Math.round(progressOf(replay) * 1_000) / 1_000,
    scanned_until: isoOrNull(replay.scannedUntil),
    created_at: iso(replay.createdAt),
    created_by: replay.createdBy,
    ended_at: isoOrNull(replay.endedAt),
  };
}

function showDryRun(run: DryRun): z.input<typeof dryRunSchema> {
  return {
    dry_run: true,
    total: run.total,
    per_second: run.perSecond,
    takes_s: Math.ceil(run.takesMs / 1_000),
    counts: run.counts.map(({ type, hour, count }) => ({ type, hour: iso(hour), count })),
    sample: run.sample.map(({ at, acceptedAt, ...rest }) => ({ ...rest, at: iso(at), accepted_at: iso(acceptedAt) })),
    complete: run.isComplete,
    scanned_until: isoOrNull(run.scannedUntil),
    kept_from: isoOrNull(run.keptFrom),
    derived:
      run.derived === null
        ? null
        : { types: [...run.derived.types], from: iso(run.derived.from), until: iso(run.derived.until) },
    not_kept: run.notKept.map(({ type, logFrom }) => ({ type, log_from: isoOrNull(logFrom) })),
  };
}

const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));
