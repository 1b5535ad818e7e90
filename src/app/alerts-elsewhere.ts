// What is wrong at the moment with organizations that other nodes own: they are asked.

import type { AlertsPort, OpenAlert } from "../alerts/alerts-port.ts";
import { owning } from "../nodes/membership.ts";
import type { Calls } from "../nodes/calls.ts";
import type { Engine } from "./engine.ts";
import type { Nodes } from "./nodes.ts";

interface Question {
  readonly organization: string | null;
}

/** What a node answers of its own organizations, whatever its role. */
export function answerAboutAlerts(alerts: Pick<AlertsPort, "open">, calls: Calls): void {
  calls.handle("alerts", async ({ organization }: Question) => alerts.open(organization));
}

/** The same port, which asks the owner, or all nodes. A node that does not answer is left out where all are asked. */
export function askAboutAlerts(alerts: AlertsPort, engine: Engine, { calls, sliceOf, membership }: Nodes): AlertsPort {
  async function openEverywhere(): Promise<readonly OpenAlert[]> {
    const others = owning(membership.live()).filter(({ id }) => id !== membership.node.id);
    const ask = ({ id }: { readonly id: string }) =>
      calls.ask<readonly OpenAlert[]>({ node: id }, "alerts", { organization: null }).catch(() => []);
    const all = [await alerts.open(null), ...(await Promise.all(others.map(ask)))].flat();
    return [...new Map(all.map((each) => [each.key, each])).values()];
  }

  return {
    test: alerts.test,
    told: alerts.told,
    async open(organization) {
      if (organization === null) return openEverywhere();
      if (engine.ownerOf(organization) !== undefined) return alerts.open(organization);
      return calls.ask({ slice: sliceOf(organization) }, "alerts", { organization });
    },
  };
}
