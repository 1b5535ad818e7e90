// /v1/occupancy: how many people spaces hold, now and minute by minute, by each estimate for itself.

import { z } from "zod";
import { buildingsOf, countReaders, listedOrganization, managers, notFound } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { minuteMs, minuteOf } from "../../model/minute.ts";
import { mayManage, type Principal } from "../../model/principal.ts";
import type { Space } from "../../numbers/numbers-port.ts";
import { listOf, pageAnswer, pageRequest, placeAnswer, placeRequest } from "../cursor.ts";
import { type Route, route } from "../route.ts";
import { onlyOrganization } from "./building-model.ts";
import type { OperatorDeps } from "./deps.ts";
import { minutesSchema, showMinutes, showSpace, showSpaceNow, spaceFields, spaceNowSchema } from "./number-views.ts";
import { spaceAsked } from "./space-asked.ts";
import { bodyMoment, iso, moment, time } from "./time.ts";

const dayMinutes = 1_440;
const mostMinutes = 7 * dayMinutes;
/** Of a list of spaces. */
const usualSpaces = 50;
const mostSpaces = 100;

const query = z.strictObject({
  space: z.string().min(1).max(128).optional().describe("ID or level:ID. Without it: all spaces as they are now."),
  organization: z.string().optional(),
  from: moment.optional().describe("Of the minutes; else a day before `until`."),
  until: moment.optional().describe("Else now."),
  limit: z.coerce.number().int().min(1).max(mostMinutes).optional().describe("Minutes of a page, or spaces up to 100."),
  cursor: z.string().max(1024).optional(),
});

const oneSpace = spaceNowSchema.extend({
  minutes: z.object({
    from: time,
    until: time,
    presence: minutesSchema,
    traffic: minutesSchema.nullable().describe("Null for zones, which have no doors of their own."),
  }),
  next: z.string().nullable().describe("Give it as cursor to go on with later minutes; null at the end."),
});

const newPoint = z.strictObject({
  space: z.string().min(1).max(128),
  organization: z.string().optional(),
  at: bodyMoment.optional().describe("When it was counted; else now."),
  count: z.number().int().min(0).max(100_000),
});

export function occupancyRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, clock, numbers } = deps;
  return [
    route({
      method: "GET",
      path: "/v1/occupancy",
      summary:
        "People in a space, now and in the minutes of the last day; without a space, all spaces as they are now.",
      roles: countReaders,
      query,
      answer: z.union([oneSpace, listOf(spaceNowSchema)]),
      handle: async ({ who, query: asked }) => {
        if (asked.space === undefined) return listSpaces(deps, who, asked);
        return showOne(deps, await spaceAsked(deps, who, asked.space, asked.organization), asked);
      },
    }),
    route({
      method: "POST",
      path: "/v1/occupancy/points",
      summary: "Set the traffic occupancy of a space to the count that somebody made at a moment.",
      roles: managers,
      body: newPoint,
      answer: z.object({ ...spaceFields, at: time, count: z.number() }),
      handle: async ({ who, body }) => {
        const space = await spaceAsked(deps, who, body.space, body.organization);
        if (!mayManage(who, space.organization)) throw notFound("space");
        const at = body.at ?? clock.now();
        await numbers.setPoint(space, at, body.count);
        const { organization, id, level } = space;
        const detail = JSON.stringify({ organization, level, at: iso(at), count: body.count });
        await registry.audit({ at: clock.now(), actor: who.key, action: "occupancy.set", object: id, detail });
        return { ...showSpace(space), at: iso(at), count: body.count };
      },
    }),
  ];
}

type Asked = z.output<typeof query>;

async function listSpaces(deps: OperatorDeps, who: Principal, asked: Asked) {
  const { numbers, registry, clock } = deps;
  const given = (["from", "until"] as const).find((name) => asked[name] !== undefined);
  if (given !== undefined) throw wrong(`${given} is about the minutes of one space: name it with ?space=ID.`);
  const { limit = usualSpaces, cursor } = asked;
  if (limit > mostSpaces) throw wrong(`limit is at most ${mostSpaces} for a list of spaces.`);
  const organization = listedOrganization(who, asked.organization) ?? (await onlyOrganization(deps));
  const buildings = buildingsOf(who);
  const filter = ["spaces", organization, buildings];
  const page = await numbers.spaces(organization, buildings, placeRequest({ limit, cursor }, filter));
  if (page === null && (await registry.snapshot(organization)) === null) throw notFound("organization");
  if (page === null) return { data: [], next: null };
  const now = clock.now();
  return placeAnswer({ ...page, items: await numbers.now(page.items) }, filter, (each) => showSpaceNow(each, now));
}

async function showOne({ numbers, clock }: OperatorDeps, space: Space, asked: Asked) {
  const now = clock.now();
  const until = minuteOf(asked.until ?? now);
  const begin = minuteOf(asked.from ?? until - dayMinutes * minuteMs);
  if (begin > until) throw wrong("from must not be later than until.");
  const filter = ["minutes", space.organization, space.level, space.id, asked.from ?? null, asked.until ?? null];
  const { limit, before } = pageRequest({ limit: asked.limit ?? dayMinutes, cursor: asked.cursor }, filter);
  const from = before ?? begin;
  const end = Math.max(from, Math.min(until, from + limit * minuteMs));
  const [current] = await numbers.now([space]);
  const wanted = (end - from) / minuteMs;
  const minutesOf = async (estimate: "presence" | "traffic") =>
    showMinutes(await numbers.minutes(space, estimate, from, end), wanted);
  const { next } = pageAnswer({ items: [], before: end < until ? end : null }, filter, () => null);
  return {
    ...showSpaceNow(current!, now),
    minutes: {
      from: iso(from),
      until: iso(end),
      presence: await minutesOf("presence"),
      traffic: space.level === "zone" ? null : await minutesOf("traffic"),
    },
    next,
  };
}

const wrong = (message: string): BelfryError => new BelfryError("BAD_REQUEST", message);
