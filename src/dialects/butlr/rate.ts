// What a key may ask of Butlr's API in a while, in points: a point is about a quarter of a millisecond of the core that all
// organizations share. docs/vendor-apis.md says the same to clients.

import type { Clock } from "../../clock.ts";
import { BelfryError } from "../../errors.ts";
import { createRateLimit, type RateLimit } from "./rate-limit.ts";
import type { HttpReply, HttpRequest } from "../../http/scope.ts";

export const reportPoints = 10;
const charactersPerPoint = 100;
const valuesPerPoint = 1_000;

export const createButlrRate = (clock: Pick<Clock, "monotonic">): RateLimit =>
  createRateLimit(clock, { most: 4_000, perSecond: 200 });

/** Of a document that was not known. */
export const documentPoints = (text: string): number => text.length / charactersPerPoint;

/** Of a request, whose answer has so many values. */
export const answerPoints = (values: number): number => 1 + values / valuesPerPoint;

/** Before the body is read, after it is known who asks. Throws TOO_MANY_REQUESTS. */
export function mustHavePoints(rate: RateLimit, { who }: HttpRequest, reply: HttpReply): void {
  const seconds = rate.wait(who!.key);
  if (seconds === 0) return;
  reply.header("retry-after", seconds);
  throw new BelfryError("TOO_MANY_REQUESTS", `This key asks for too much. Ask again in ${seconds} s.`);
}
