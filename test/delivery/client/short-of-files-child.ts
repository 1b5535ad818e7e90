// Uses up every file it may open, tries to deliver, gives the files back and tries again. Says what came of it, as JSON.

import { closeSync, openSync } from "node:fs";
import { systemClock } from "../../../src/clock.ts";
import { createPolicy } from "../../../src/delivery/guard/policy.ts";
import { createResolver } from "../../../src/delivery/guard/resolver.ts";
import { createClient } from "../../../src/delivery/client/client.ts";
import { calm, createSteeredClock } from "../../fixtures/steered-clock.ts";

const [address = "", port = "", name = "", server = ""] = process.argv.slice(2);
const policy = createPolicy({ allowNetworks: ["127.10.0.0/16"], allowLoopback: true, allowHttp: true });
const resolver = createResolver({ clock: systemClock, servers: [server] });
const sender = createClient({ policy, resolver, clock: systemClock });
const steered = createSteeredClock();
const ended = createClient({ policy, resolver, clock: steered });
const files: number[] = [];

/** Without a file left an attempt tries again until its time is over; all others have time enough for a machine that is busy. */
async function send(host: string, by = sender, timeoutMs = 20_000): Promise<string> {
  const outcome = await by.send({
    organization: "org_a",
    url: `http://${host}:${port}/`,
    headers: [],
    body: "{}",
    timeoutMs,
  });
  return outcome.code;
}

function useUp(): void {
  try {
    for (;;) files.push(openSync("/dev/null", "r"));
  } catch {
    // That was the last one.
  }
}

const made = [await send(address)];
useUp();
made.push(await send(address));
sender.drop(`http://${address}:${port}/`);
await new Promise((resolve) => setImmediate(resolve));
useUp();
made.push(await send(address, sender, 300), await send(name));
const interrupted = send(address, ended, 300);
await calm();
await ended.close();
for (const file of files) closeSync(file);
// Now it would try once more.
await steered.pass(1_000);
made.push(await interrupted);
made.push(await send(address), await send(name));
await sender.close();
console.log(JSON.stringify(made));
