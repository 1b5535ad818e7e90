// Rules of replay jobs that all stores follow, and how a row becomes a job. Pure.

import type { Replay, ReplayCriteria } from "../model/replay.ts";
import type { NewReplay } from "./replays.ts";

/** Of one organization: each looks through events of its own. */
export const mostOpenReplays = 20;

export const tooManyReplays =
  `This organization has ${mostOpenReplays} replays that are not at their end, which is the most. ` +
  "Wait for one of them, or cancel one.";
export const noSubscription = "There is no such subscription.";

/** Why a job, or what it added, was cancelled. */
export const subscriptionRemoved = "The subscription was removed.";
export const replayCancelled = "The replay was cancelled.";

/** Events that were accepted at the same time, or around a small step of the clock, may be numbered in another order. */
export const slackMs = 60_000;

export const criteriaText = ({ from, to, types, spaces, endings }: NewReplay): string =>
  JSON.stringify({ from, to, types, spaces, endings });

/** Columns of a job, by the names of its fields, but `criteria` as text. */
export function replayOf(row: object): Replay {
  const { criteria, ...rest } = row as Omit<Replay, keyof ReplayCriteria> & { readonly criteria: string };
  return { ...rest, ...(JSON.parse(criteria) as ReplayCriteria) };
}
