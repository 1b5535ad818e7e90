// What /metrics shows of a process that shares its database with others.

import type { Metrics } from "./metrics.ts";

export interface NodeLooked {
  /** Nodes that hold their lease, this one among them. */
  readonly nodes: () => number;
  readonly slices: () => number;
  /** How old what is known of others is, ms. */
  readonly changesAgeMs: () => number;
  readonly arrivalsAgeMs: () => number;
  readonly isCertain: () => boolean;
}

export function publishNodeGauges(metrics: Metrics, looked: NodeLooked): void {
  metrics.gauges(
    {
      belfry_nodes: "Nodes over the same database that hold their lease.",
      belfry_node_certain: "1 while this node's lease was renewed lately enough to start attempts, else 0.",
      belfry_slices_owned: "Slices of the organizations, 32 in all, that this node owns.",
      belfry_changes_age_seconds: "How long ago this node knew of all that others had changed.",
      belfry_arrivals_age_seconds: "How long ago this node knew of all that others had accepted for it.",
    },
    () => ({
      belfry_nodes: looked.nodes(),
      belfry_node_certain: looked.isCertain() ? 1 : 0,
      belfry_slices_owned: looked.slices(),
      belfry_changes_age_seconds: seconds(looked.changesAgeMs()),
      belfry_arrivals_age_seconds: seconds(looked.arrivalsAgeMs()),
    }),
  );
}

/** Before the first look it is not known. */
const seconds = (ms: number): number => (Number.isFinite(ms) ? ms / 1000 : 0);
