// Opens the store that the settings name: the embedded one of the data directory, or a database of PostgreSQL that others share.

import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import type { Log } from "../log.ts";
import { announcing } from "../nodes/announce.ts";
import { tellingUnaccepted } from "../nodes/tell-unaccepted.ts";
import { makeDirectory } from "../store/data-directory.ts";
import { openPostgres } from "../store/postgres/open.ts";
import { openSqlite } from "../store/sqlite/open.ts";
import type { Store } from "../store/store.ts";

/** What this process tells and hears of others that share its database. Filled in once it is one of them [nodes.ts]. */
export interface Others {
  /** Something was written that they keep in memory. */
  announce: () => void;
  /** Whether what they change is heard within a moment. */
  isHearing: () => boolean;
  /** Takes a sign-in link that another one has made. */
  takeLink: (home: string, name: string) => Promise<string | null>;
}

export interface Opened {
  readonly store: Store;
  readonly others: Others;
}

export async function openStore(
  { data: directory, databaseUrl: url, databaseConnections: connections, databasePartition: partitionMs }: Config,
  { masterKey, clock, log, asIs }: { masterKey: Uint8Array; clock: Clock; log: Log; asIs: boolean },
): Promise<Opened> {
  const others: Others = { announce: () => {}, isHearing: () => url === undefined, takeLink: async () => null };
  if (url === undefined) return { store: await openSqlite({ directory, masterKey, clock, asIs }), others };
  makeDirectory(directory);
  const store = await openPostgres({ url, masterKey, clock, connections, partitionMs });
  for (const setting of (await store.nodes?.unsafeSettings()) ?? []) {
    log.warn(
      "store.unsafe",
      { setting },
      `PostgreSQL runs with ${setting} off: what it has acknowledged may get lost.`,
    );
  }
  const telling = { ...store, ledger: tellingUnaccepted(store.ledger, log) };
  return { store: announcing(telling, () => others.announce()), others };
}
