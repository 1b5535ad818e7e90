// One subscription of fifty hangs and gets fifty events a second. None of the others may notice.

import { type Options, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { startReceiver } from "../harness/receiver.ts";
import { startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { soakNeighbours } from "./neighbours.ts";
import { conclude } from "./verdict.ts";

export async function soakHanging(options: Options): Promise<void> {
  const receiver = await startReceiver({ count: 50 });
  const server = await startServer({ data: makePlace(), caFile: receiver.caFile, profile: options.profile });
  const tenants = await makeTenants(server, receiver.origins);
  say("hanging: one subscription of 50");
  const { figures, worst } = await soakNeighbours({
    options,
    server,
    receiver,
    healthy: tenants.slice(1),
    rate: 490,
    ill: tenants.slice(0, 1),
    illRate: 50,
    begin: () => receiver.hang(receiver.addresses.slice(0, 1)),
  });
  conclude(options, "hanging", figures, [{ what: "p99 of the worst-off ÷ its own without", seen: worst, most: 2 }]);
}
