// How a subscription stands: in the words that the command line uses, too, and as a mark.

import {
  standingOf as inWords,
  type Standing as InWords,
  type StandingWord,
  type Told,
} from "../../../src/words/subscription.ts";
import type { Shape } from "./shape.ts";

export interface Standing extends InWords {
  readonly mark: Shape;
}

const marks: Readonly<Record<StandingWord, Shape>> = {
  paused: "paused",
  disabled: "disabled",
  unknown: "unknown",
  "backing off": "backing",
  probing: "backing",
  failing: "failed",
  idle: "idle",
  delivering: "delivering",
};

/** `figures`: of a moment ago. They count what the lane has on the disk, so that a page says one number of what waits. */
export function standingOf(
  subscription: Told,
  now: number,
  zone: string,
  figures: Required<Told>["figures"] | null = null,
): Standing {
  const { status } = subscription.lane;
  const isCounted = figures !== null && status?.more_on_disk === true && figures.backlog > status.waiting_in_memory;
  const standing = inWords(isCounted ? { ...subscription, figures } : subscription, now, zone);
  return { ...standing, mark: marks[standing.word] };
}
