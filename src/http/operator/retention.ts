// /v1/retention and /v1/organizations/{id}: for how long each class is kept, what it costs on the disk, and an organization's own
// times. Sizes are estimates.

import { z } from "zod";
import { notFound, operators, readers } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { mayRead, type Principal } from "../../model/principal.ts";
import { type OwnRetention, type RetentionClass, retentionClasses } from "../../model/retention.ts";
import type { Subscription } from "../../model/subscription.ts";
import { durationText, readDuration } from "../../quantity.ts";
import { changeOrganization } from "../../store/change-organization.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";
import { organizationSchema, showOrganization } from "./organization-view.ts";
import { iso, time } from "./time.ts";

const longest = "3650d";
/** As the settings of the installation have it. */
const shortest: Readonly<Record<RetentionClass, string>> = {
  events: "1h",
  observations: "1h",
  minutes: "1d",
  entries: "1h",
};

const classSchema = z.object({
  kept: z.string().describe("For how long, such as 7d."),
  own: z.boolean().describe("It is the organization's own time, not the installation's."),
  rows: z.number().describe("Estimated, as are bytes. Minutes: hours of one subject."),
  oldest: time.nullable(),
  bytes: z.number(),
});
const classesSchema = z.object({
  events: classSchema.describe("With their deliveries and attempts."),
  observations: classSchema,
  minutes: classSchema,
  entries: classSchema,
});
const keptSchema = organizationSchema.extend({ retention: classesSchema });

const time7d = z
  .string()
  .max(20)
  .nullable()
  .optional()
  .describe("A time in h or d, such as 36h or 30d; null: as long as the installation's.");
const edit = z.strictObject({
  retention: z
    .strictObject({ events: time7d, observations: time7d, minutes: time7d, entries: time7d })
    .refine((given) => Object.values(given).some((each) => each !== undefined), {
      error: "must name at least one of events, observations, minutes and entries",
    }),
});

export function retentionRoutes(deps: OperatorDeps): readonly Route[] {
  const { registry, history, retention: installation, clock } = deps;

  const shown = async (organization: string | null, own: OwnRetention): Promise<z.input<typeof classesSchema>> => {
    const all = retentionClasses.map(async (kind) => {
      const { rows, oldest, bytes } = await history.classStorage(kind, organization);
      const kept = durationText(own[kind] ?? installation.usual[kind]);
      const is = { kept, own: own[kind] !== undefined, rows, oldest: oldest === null ? null : iso(oldest), bytes };
      return [kind, is] as const;
    });
    return Object.fromEntries(await Promise.all(all)) as z.input<typeof classesSchema>;
  };

  const organizationOf = async (who: Principal, id: string): Promise<z.input<typeof keptSchema>> => {
    const found = mayRead(who, id) ? (await registry.organizations()).find((each) => each.id === id) : undefined;
    if (found === undefined) throw notFound("organization");
    return { ...showOrganization(found), retention: await shown(id, await registry.retention(id)) };
  };

  return [
    route({
      method: "GET",
      path: "/v1/retention",
      summary:
        "For how long each class is kept by organizations without a time of their own, and what all of it costs.",
      roles: operators,
      answer: z.object({ retention: classesSchema, file_bytes: z.number(), free_bytes: z.number() }),
      handle: async () => {
        const { file, free } = await history.fileBytes();
        return { retention: await shown(null, {}), file_bytes: file, free_bytes: free };
      },
    }),
    route({
      method: "GET",
      path: "/v1/organizations/:id",
      summary: "One organization: for how long it keeps what, and what that costs on the disk.",
      roles: readers,
      answer: keptSchema,
      handle: ({ who, params }) => organizationOf(who, params["id"]!),
    }),
    route({
      method: "PATCH",
      path: "/v1/organizations/:id",
      summary: "Keep classes for another time than the installation does. What is past it goes within an hour or two.",
      roles: operators,
      body: edit,
      answer: keptSchema,
      handle: async ({ who, params, body }) => {
        const id = params["id"]!;
        const given = read(body.retention);
        await organizationOf(who, id);
        await changeOrganization(registry, id, async ({ subscriptions }) => {
          const before = await registry.retention(id);
          const retention = Object.fromEntries(
            Object.entries({ ...before, ...given }).filter(([, ms]) => ms !== null),
          ) as OwnRetention;
          if (retention.events !== undefined) checkRetries(deps, retention.events, subscriptions);
          const detail = JSON.stringify({ retention: body.retention });
          const audit = { at: clock.now(), actor: who.key, action: "organization.retention", object: id, detail };
          return { retention, audit: [audit], result: null };
        });
        return organizationOf(who, id);
      },
    }),
  ];
}

/** ms; null: the installation's. Throws INVALID. */
function read(given: z.output<typeof edit>["retention"]): Readonly<Partial<Record<RetentionClass, number | null>>> {
  const found: Partial<Record<RetentionClass, number | null>> = {};
  for (const kind of retentionClasses) {
    const text = given[kind];
    if (text === undefined) continue;
    const ms = text === null ? null : readDuration(text);
    const isBetween = ms !== null && ms >= readDuration(shortest[kind])! && ms <= readDuration(longest)!;
    if (text !== null && !isBetween) {
      const must = `must be a time from ${shortest[kind]} to ${longest} in h or d, such as 30d`;
      throw new BelfryError("INVALID", `retention.${kind} ${must}.`);
    }
    found[kind] = ms;
  }
  return found;
}

/** Events go no sooner than their retries may end, of this installation and of each subscription that has its own. Throws
 * INVALID. */
function checkRetries(
  { retention: { retryWindowMs } }: Pick<OperatorDeps, "retention">,
  eventsMs: number,
  subscriptions: readonly Subscription[],
): void {
  const usual = { what: "Retries", ms: retryWindowMs(null) };
  const own = subscriptions.map(({ id, lane }) => ({ what: `Retries of ${id}`, ms: retryWindowMs(lane.retryDelays) }));
  const worst = [usual, ...own].reduce((most, each) => (each.ms > most.ms ? each : most));
  if (worst.ms < eventsMs) return;
  const hours = (worst.ms / 3_600_000).toFixed(1);
  throw new BelfryError(
    "INVALID",
    `${worst.what} can take ${hours} h: keep events for longer, or shorten the retries.`,
  );
}
