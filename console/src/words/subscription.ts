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

export function standingOf(subscription: Told, now: number, zone: string): Standing {
  const standing = inWords(subscription, now, zone);
  return { ...standing, mark: marks[standing.word] };
}
