// What the figures of the process that answered say in a word and a sentence: of the server, or of one node of several. Pure.

import { plural } from "../../../src/words/plural.ts";
import { span } from "../../../src/words/time.ts";
import type { Shape } from "../words/shape.ts";
import { type Sample, sumOf } from "./metrics.ts";

interface Judged {
  readonly shape: Shape;
  readonly word: string;
  readonly sentence: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly draining: boolean;
}

export function judge(samples: readonly Sample[], { ready, draining }: Readiness): Judged {
  if (draining)
    return {
      shape: "paused",
      word: "stopping",
      sentence: "The server takes nothing new, and lets what is under way finish.",
    };
  if (!ready)
    return {
      shape: "failed",
      word: "not ready",
      sentence: "The store cannot be read. Nothing is accepted until it can.",
    };
  const late = sumOf(samples, "belfry_oldest_due_seconds");
  if (late > 30) {
    return {
      shape: "backing",
      word: "late",
      sentence: `The oldest delivery that could go out has waited ${span(late * 1_000)}.`,
    };
  }
  // It knows nothing of lanes.
  if (isNode(samples) && sumOf(samples, "belfry_slices_owned") === 0)
    return { shape: "delivering", word: "well", sentence: "This node takes requests. Other nodes make the attempts." };
  const backing = sumOf(samples, "belfry_lanes_backing_off");
  const others =
    backing === 0
      ? "All receivers answer."
      : `${plural(backing, "receiver")} ${backing === 1 ? "fails" : "fail"}, and nobody else waits for ${backing === 1 ? "it" : "them"}.`;
  return { shape: "delivering", word: "well", sentence: `What is due goes out at once. ${others}` };
}

/** Of whom the figures are, where there are several nodes; null: there is one process. */
export function whose(samples: readonly Sample[]): string | null {
  if (!isNode(samples)) return null;
  const nodes = sumOf(samples, "belfry_nodes");
  return `Figures of the node that answered, one of ${nodes}. Only the deliveries owed are those of all.`;
}

const isNode = (samples: readonly Sample[]): boolean => samples.some(({ name }) => name === "belfry_nodes");
