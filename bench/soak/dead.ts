// Two hundred subscriptions of a thousand are dead: half of them lead to where nobody listens, half to where nobody
// answers. None of the others may notice.

import { type Options, say } from "../harness/options.ts";
import { makePlace } from "../harness/places.ts";
import { joinAuthorities, startReceiver } from "../harness/receiver.ts";
import { startServer } from "../harness/server.ts";
import { makeTenants } from "../harness/tenants.ts";
import { soakNeighbours } from "./neighbours.ts";
import { conclude } from "./verdict.ts";

const healthyCount = 800;
const deadCount = 200;

export async function soakDead(options: Options): Promise<void> {
  const receiver = await startReceiver({ count: 200 });
  const silent = await startReceiver({ count: deadCount / 2, block: 8, acts: ["no handshake"] });
  const caFile = joinAuthorities([receiver, silent]);
  const server = await startServer({ data: makePlace(), caFile, profile: options.profile });
  const { origins } = receiver;
  const healthy = await makeTenants(
    server,
    Array.from({ length: healthyCount }, (_, index) => `${origins[index % origins.length]}/hook/${index}`),
  );
  const nobody = silent.origins.map((origin) => origin.replace("127.10.8.", "127.10.9."));
  const ill = await makeTenants(server, [...silent.origins, ...nobody], healthyCount);
  say(`dead: ${deadCount} subscriptions of ${healthyCount + deadCount}`);
  const { figures, worst } = await soakNeighbours({
    options,
    server,
    receiver,
    healthy,
    rate: 3200,
    // As a vendor sends what its customers' sensors see: one by one, the client and the server would fill both cores.
    together: 16,
    ill,
    illRate: 200,
  });
  conclude(options, "dead", figures, [{ what: "p99 of the worst-off ÷ its own without", seen: worst, most: 2 }]);
}
