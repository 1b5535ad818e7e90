// GET /v1/events/{id}/subscriptions: which subscriptions of its dialect an event was owed, and why it was not owed to the others, as
// far as that can be told from how they are now.

import { z } from "zod";
import { notFound, readers } from "../../auth/authorize.ts";
import { isAlertTarget } from "../../model/alert.ts";
import { deliveryId } from "../../model/delivery.ts";
import type { Scopes } from "../../model/event.ts";
import { mayRead } from "../../model/principal.ts";
import { stateOf, type Subscription } from "../../model/subscription.ts";
import { whyNotOwed } from "../../model/why-not-owed.ts";
import type { DeliveryView, EventView, Page } from "../../store/history.ts";
import { type Route, route } from "../route.ts";
import type { OperatorDeps } from "./deps.ts";

const reasons = {
  younger: "The subscription was made after the event.",
  type: "It does not take this type.",
  resource: "It takes this type of another door or panel alone.",
  scope: "The event is not of its building, or does not concern its tenant.",
  filter: "A filter leaves it out; `filter` names it.",
  unchanged: "It takes values that have changed, and this one had not.",
  changed: "As it is now it would have it. It was changed since, or the event was one of a moment that it had already.",
} as const;
type Reason = keyof typeof reasons;

const schema = z.object({
  data: z.array(
    z.object({
      subscription: z.string(),
      delivery: z.string().nullable().describe("The delivery that was made with the event; null: none was."),
      reason: z
        .enum(Object.keys(reasons) as Reason[])
        .nullable()
        .describe(
          `Why there is none. ${Object.entries(reasons)
            .map(([name, means]) => `${name}: ${means}`)
            .join(" ")}`,
        ),
      filter: z.string().nullable(),
      state: z.string().describe("Of the subscription, now. Paused and disabled ones are owed events, and hold them."),
    }),
  ),
});

type Told = z.input<typeof schema>["data"][number];

/** How long after its event a delivery may have been made. */
const soonMs = 10_000;

export function eventSubscriptionRoutes(deps: OperatorDeps): readonly Route[] {
  const { history, registry } = deps;

  /** By the id of the subscription; of several deliveries the first that was made. */
  const madeWith = async ({ id, organization, acceptedAt }: EventView): Promise<ReadonlyMap<string, string>> => {
    const within = { since: acceptedAt - 1, until: acceptedAt + soonMs };
    const wanted = { organization, subscription: null, state: null, event: id, limit: 1_000, ...within };
    const made = new Map<string, string>();
    let before: number | null = null;
    // Pages may end before they are full.
    do {
      const page: Page<DeliveryView> = await history.deliveries({ ...wanted, before });
      for (const { subscription, number } of page.items) made.set(subscription, deliveryId(number));
      ({ before } = page);
    } while (before !== null);
    return made;
  };

  const scopesOf = async ({ number, organization, dialect, type }: EventView): Promise<Scopes> => {
    const one = { organization, types: [type], after: number - 1, upTo: number, from: 0, to: Number.MAX_SAFE_INTEGER };
    const { events } = await history.keptEvents({ ...one, dialect, bodies: false, limit: 1 });
    return JSON.parse(events[0]?.scopes ?? "{}") as Scopes;
  };

  return [
    route({
      method: "GET",
      path: "/v1/events/:id/subscriptions",
      summary: "To which subscriptions of its dialect an event went, and why not to the others.",
      roles: readers,
      answer: schema,
      handle: async ({ who, params }) => {
        const event = await history.event(who.organization, params["id"]!);
        if (event === null || !mayRead(who, event.organization)) throw notFound("event");
        if (event.dialect === "belfry") return { data: [] };
        const [made, scopes, snapshot] = await Promise.all([
          madeWith(event),
          scopesOf(event),
          registry.snapshot(event.organization),
        ]);
        const value = deps.valueOf(event.dialect, event.type, event.body);
        const same = (snapshot?.subscriptions ?? []).filter(
          (each) => each.dialect === event.dialect && !isAlertTarget(each),
        );
        return { data: same.map((each) => tell(each, event, scopes, value, made.get(each.id) ?? null)) };
      },
    }),
  ];
}

function tell(
  subscription: Subscription,
  event: EventView,
  scopes: Scopes,
  value: string | null,
  delivery: string | null,
): Told {
  const told = { subscription: subscription.id, delivery, filter: null, state: stateOf(subscription) };
  if (delivery !== null) return { ...told, reason: null };
  const why = whyNotOwed(subscription, { dialect: event.dialect, type: event.type, scopes, value });
  if (subscription.createdAt > event.acceptedAt) return { ...told, reason: "younger" };
  if (why === null)
    return { ...told, reason: subscription.sendOnValueChange && value !== null ? "unchanged" : "changed" };
  return { ...told, reason: why.reason, filter: why.reason === "filter" ? why.filter : null };
}
