// GET /v1/subscriptions/{id}/events: what a subscription was owed by its numbers, for a receiver that has missed some. Each number
// is told with its state, so that none is a riddle; a body is there, in the bytes of its delivery, where it is still kept.

import { z } from "zod";
import { subscriptionReaders } from "../../auth/authorize.ts";
import { BelfryError } from "../../errors.ts";
import { deliveryId, deliveryStates } from "../../model/delivery.ts";
import type { Subscription } from "../../model/subscription.ts";
import { type NumberedItem, rangeStates } from "../../store/sequence-reads.ts";
import { allowSilence } from "../allow-silence.ts";
import { type Route, route } from "../route.ts";
import type { HttpReply } from "../scope.ts";
import type { OperatorDeps } from "./deps.ts";
import { readableSubscription } from "./owned.ts";

const mostWaitS = 60;
const tooMany =
  "Too many requests of this organization wait for news. Ask without wait_s, or wait until one of them is answered.";
/** The connection is silent meanwhile, and may be for so long beyond the wait. */
const silenceMs = 30_000;

const query = z.strictObject({
  after: z.coerce
    .number()
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .default(0)
    .describe("The last number that is known: those behind it are listed."),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  wait_s: z.coerce
    .number()
    .int()
    .min(0)
    .max(mostWaitS)
    .default(0)
    .describe("Where there is nothing behind `after`: how long to wait for it, in seconds."),
});

const delivery = z.object({
  sequence: z.number().describe("What `belfry-sequence` says with the delivery."),
  event: z.string().describe("Id of the event, which is its `webhook-id`."),
  delivery: z.string(),
  type: z.string(),
  state: z
    .enum(deliveryStates)
    .describe("Of the delivery that the number was given with, not of a resend or a replay."),
  revision: z.number().optional().describe("Only of a correction: 1, 2, …"),
  previous_value: z.unknown().optional().describe("Only of a correction: the value that it replaces."),
  body: z.string().optional().describe("The body of the delivery, byte for byte. Absent: it may not be had any more."),
});

const range = z.object({
  sequence: z.number().describe("The first of these numbers."),
  through: z.number().describe("The last of them."),
  state: z
    .enum(rangeStates)
    .describe(
      "forgotten: retention or an erasure has removed them. skipped_by_restore: a restored copy has left them out, since the original may have given them.",
    ),
});

const answer = z.object({
  data: z
    .array(z.union([delivery, range]))
    .describe("In the order of their numbers, without a hole. Large bodies make it short."),
  last: z.number().describe("The last number so far. Go on behind the last one of `data` until you have it."),
});

export function numberedEventRoutes(deps: OperatorDeps): readonly Route[] {
  const { history, clock, compose } = deps;

  const show = (item: NumberedItem): z.input<typeof answer>["data"][number] => {
    if ("through" in item) return item;
    const { sequence, event, type, state, body } = item;
    const shown = { sequence, event, delivery: deliveryId(item.delivery), type, state };
    if (body === null) return shown;
    const { dialect, variant, revision, previous } = item;
    const correction = revision === 0 ? {} : { revision, ...(previous && { previous_value: JSON.parse(previous) }) };
    return { ...shown, ...correction, body: compose(dialect, body, variant) };
  };

  /** Until there is something behind the number, the time is over, or nobody waits for the answer any more. */
  async function waitForNews(
    { organization, number: lane }: Subscription,
    after: number,
    ms: number,
    reply: HttpReply,
  ): Promise<void> {
    const until = clock.monotonic() + ms;
    allowSilence(reply, ms + silenceMs);
    for (let isOver = false; !isOver; ) {
      // Before it looks, or what comes in between would not be seen.
      const waiting = deps.waitForNews(organization, lane, until - clock.monotonic());
      if (waiting === null) throw new BelfryError("TOO_MANY_REQUESTS", tooMany);
      reply.raw.once("close", waiting.cancel);
      try {
        const { last } = await history.numbered({ organization, lane, after, limit: 1 });
        isOver = last > after || !(await waiting.news);
      } finally {
        reply.raw.off("close", waiting.cancel);
        waiting.cancel();
      }
    }
  }

  return [
    route({
      method: "GET",
      path: "/v1/subscriptions/:id/events",
      summary: "What a subscription was owed behind a number, whatever became of it. Waits for news if asked to.",
      roles: subscriptionReaders,
      waits: true,
      query,
      answer,
      handle: async ({ who, params, query: { after, limit, wait_s }, reply }) => {
        const subscription = await readableSubscription(deps, who, params["id"]!);
        const { organization, number: lane } = subscription;
        if (wait_s > 0) await waitForNews(subscription, after, wait_s * 1000, reply);
        await reply.request.standInLine?.();
        const page = await history.numbered({ organization, lane, after, limit });
        return { data: page.items.map(show), last: page.last };
      },
    }),
  ];
}
