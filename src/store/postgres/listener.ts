// Hears NOTIFY on a connection of its own, which is made again where it breaks. What comes meanwhile is lost: whoever listens looks by
// itself as well.

import type { Client } from "pg";
import type { Cancel, Clock } from "../../clock.ts";
import type { Database } from "./database.ts";

const againMs = 1_000;

/** Returns what ends it. `channel` is a name without anything to quote. */
export function createListener(
  database: Pick<Database, "connect">,
  clock: Pick<Clock, "after">,
  channel: string,
  onHint: (text: string) => void,
): () => Promise<void> {
  let client: Client | null = null;
  let cancel: Cancel | null = null;
  let isOver = false;

  function lost(of: Client | null): void {
    if (isOver || (client !== of && of !== null)) return;
    client = null;
    of?.end().catch(() => {});
    cancel?.();
    cancel = clock.after(againMs * (0.5 + Math.random()), () => void connect());
  }

  async function connect(): Promise<void> {
    try {
      const made = await database.connect();
      client = made;
      made.on("error", () => lost(made));
      made.on("end", () => lost(made));
      made.on("notification", ({ payload }) => onHint(payload ?? ""));
      await made.query(`listen ${channel}`);
      if (isOver) await made.end();
    } catch {
      lost(client);
    }
  }

  const connecting = connect();
  return async () => {
    isOver = true;
    cancel?.();
    await connecting;
    await client?.end().catch(() => {});
  };
}
