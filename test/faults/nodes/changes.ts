// Changes of the fault `nodes`: pauses and resumes, adds and removes subscriptions, through any node that takes requests.

import { building } from "../rig/load.ts";
import { pause } from "../rig/places.ts";
import { ask, send } from "../rig/server.ts";
import { subscribe } from "./furnish.ts";
import { between, guestNumberOf, kindOf, organizations, plain, type Run } from "./run.ts";

export async function changeAll(run: Run, url: string): Promise<void> {
  const { cluster, subscriptions, watch, random, counts } = run;
  const numbers = [...subscriptions.keys()].filter((number) => kindOf(number) === plain);
  while (!run.ended()) {
    await pause(between(random, 1_000, 3_000));
    const ways = cluster.ways();
    const way = ways[Math.floor(random() * ways.length)];
    const number = numbers[Math.floor(random() * numbers.length)]!;
    if (way === undefined) continue;
    const { id } = subscriptions.get(number)!;
    try {
      if (random() < 0.5) {
        await ask(way, `/v1/subscriptions/${id}/pause`, {});
        watch.paused(number, true);
        await pause(3_000);
        watch.paused(number, false);
        await untilAnswered(run, `/v1/subscriptions/${id}/resume`);
      } else {
        const organization = Math.floor(random() * organizations);
        const guest = await subscribe(cluster, url, organization, guestNumberOf(organization));
        await pause(1_000);
        await send(
          way,
          "DELETE",
          `/v4/buildings/${building + organization}/integrations/${guest.id}`,
          undefined,
          guest.key,
        );
      }
      counts.changes++;
    } catch {
      // The node was killed meanwhile, or the database was away.
      watch.paused(number, false);
      await untilAnswered(run, `/v1/subscriptions/${id}/resume`);
    }
  }
}

/** Through any node, until one has done it. */
async function untilAnswered({ cluster }: Run, path: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const [way] = cluster.ways();
    if (
      way !== undefined &&
      (await ask(way, path, {}).then(
        () => true,
        () => false,
      ))
    )
      return;
    await pause(200);
  }
}
