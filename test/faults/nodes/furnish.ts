// The organizations of the fault `nodes` and their subscriptions.

import type { Cluster } from "../rig/cluster.ts";
import { building } from "../rig/load.ts";
import type { Receiver } from "../rig/receiver.ts";
import { ask, send } from "../rig/server.ts";
import { each, limited, numberOf, ordered, organizations, rateLimit, type Subscribed } from "./run.ts";

export async function subscribe(
  cluster: Cluster,
  url: string,
  organization: number,
  number: number,
): Promise<Subscribed> {
  const [way] = cluster.ways();
  const id = building + organization;
  const { key } = await ask<{ key: string }>(way!, "/v1/keys", { role: "building", for: String(id) });
  const attributes = {
    integrator: "webhook",
    configuration: { url: `${url}/${number}`, method: "post" },
    bindings: [{ resource_type: "access_log", actions: ["create"] }],
  };
  const made = { data: { type: "integrations", attributes } };
  const answer = await ask<{ data: { id: string } }>(way!, `/v4/buildings/${id}/integrations`, made, key);
  const [row] = await cluster.rows<{ lane: string }>(
    `select number as lane from subscription where id = '${answer.data.id}'`,
  );
  return { id: answer.data.id, key, lane: Number(row!.lane) };
}

export async function furnish(cluster: Cluster, receiver: Receiver): Promise<ReadonlyMap<number, Subscribed>> {
  const subscriptions = new Map<number, Subscribed>();
  const [way] = cluster.ways();
  for (let organization = 0; organization < organizations; organization++) {
    await ask(way!, "/v1/building-model", {
      organization: { id: `org_${organization}`, name: `Organization ${organization}` },
      sites: [
        {
          id: "site_1",
          name: "Site",
          timezone: "UTC",
          buildings: [{ id: `${building + organization}`, name: "House" }],
        },
      ],
    });
    for (let kind = 0; kind < each; kind++) {
      const number = numberOf(organization, kind);
      const made = await subscribe(cluster, receiver.url, organization, number);
      if (kind === ordered) await send(way!, "PATCH", `/v1/subscriptions/${made.id}`, { order: "subject" });
      if (kind === limited) await send(way!, "PATCH", `/v1/subscriptions/${made.id}`, { rate_limit: rateLimit });
      subscriptions.set(number, made);
    }
  }
  return subscriptions;
}
