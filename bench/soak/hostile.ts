// Two hundred endpoints do everything that a receiver should not. Memory stays bounded, and the healthy ones do not notice.

import { hostileActs } from "../harness/hostile.ts";
import { type Options, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { joinAuthorities, startReceiver } from "../harness/receiver.ts";
import { startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { soakNeighbours } from "./neighbours.ts";
import { conclude } from "./verdict.ts";

const hostile = 200;

export async function soakHostile(options: Options): Promise<void> {
  const receiver = await startReceiver({ count: 50 });
  const enemy = await startReceiver({ count: hostile, block: 8, acts: hostileActs });
  const caFile = joinAuthorities([receiver, enemy]);
  const server = await startServer({ data: makePlace(), caFile, profile: options.profile });
  const healthy = await makeTenants(server, receiver.origins);
  const ill = await makeTenants(server, enemy.origins, healthy.length);
  say(`hostile: ${hostile} endpoints with ${hostileActs.length} ways to be so`);
  const { figures, worst, growth } = await soakNeighbours({
    options,
    server,
    receiver,
    healthy,
    rate: 500,
    ill,
    illRate: 100,
  });
  conclude(options, "hostile", figures, [
    { what: "growth of RSS, MB", seen: growth, most: 64 },
    { what: "p99 of the worst-off ÷ its own without", seen: worst, most: 2 },
  ]);
}
