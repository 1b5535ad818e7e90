// Accepts and settles without end and says on stdout what was acknowledged, until it is killed.

import { systemClock } from "../../src/clock.ts";
import { openSqlite } from "../../src/store/sqlite/open.ts";
import { accept, addOrganization, event, owed, settlement } from "../contract/samples.ts";

const [directory, round] = process.argv.slice(2) as [string, string];
const store = await openSqlite({ directory, masterKey: new Uint8Array(32), clock: systemClock });
await addOrganization(store.registry);
const { epoch } = await store.ledger.acquire(Date.now(), 0);

async function work(worker: number): Promise<never> {
  for (let number = 0; ; number++) {
    const id = `event_${round}_${worker}_${number}`;
    const [receipt] = await accept(store, [
      event(id, { idempotencyKey: { id, hash: id }, deliveries: [owed(worker)] }),
    ]);
    if (receipt?.status !== "accepted") throw new Error(`event ${id} was ${receipt?.status}`);
    process.stdout.write(`accepted ${id} ${receipt.deliveries[0]}\n`);
    if (number % 2 === 0) continue;
    await store.ledger.settle(epoch, [settlement(receipt.deliveries[0]!, worker)]);
    process.stdout.write(`settled ${id} ${receipt.deliveries[0]}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
