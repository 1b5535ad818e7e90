// Several `belfry serve` over one database, as their users run them: one that does everything, or some that take requests and
// some that deliver.

import { randomBytes } from "node:crypto";
import type { BenchDatabase } from "./database.ts";
import { makePlace } from "./places.ts";
import { type Server, startServer } from "./server.ts";

export interface Nodes {
  /** Takes requests. */
  readonly way: Server;
  readonly all: readonly Server[];
  /** CPU of all, ms. */
  cpuMs(): number;
  /** Resolves when nothing is owed any more. */
  drained(): Promise<void>;
  stop(): Promise<void>;
}

export interface NodesPlan {
  readonly database: BenchDatabase;
  readonly caFile: string;
  /** Nodes that only deliver, beside one that only takes requests; 0: one node that does everything. */
  readonly delivery: number;
  readonly profile?: string | null;
  readonly settings?: Readonly<Record<string, string>>;
}

export async function startNodes({
  database,
  caFile,
  delivery,
  profile = null,
  settings = {},
}: NodesPlan): Promise<Nodes> {
  const shared = {
    BELFRY_DATABASE_URL: database.url,
    BELFRY_MASTER_KEY: randomBytes(32).toString("base64"),
    BELFRY_LOG_LEVEL: "info",
    ...settings,
  };
  const start = (role: string, key?: string): Promise<Server> =>
    startServer({
      data: makePlace(),
      caFile,
      profile,
      settings: { ...shared, BELFRY_ROLE: role },
      ...(key === undefined ? {} : { key }),
    });
  const way = await start(delivery === 0 ? "all" : "api");
  const all = [way];
  for (let number = 0; number < delivery; number++) all.push(await start("delivery", way.key));
  return {
    way,
    all,
    cpuMs: () => all.reduce((sum, server) => sum + [...server.cpu().values()].reduce((one, ms) => one + ms, 0), 0),
    async drained() {
      for (;;) {
        const [row] = await database.ask<{ left: number }>("select count(*)::integer as left from delivery");
        if (row!.left === 0) return;
      }
    },
    async stop() {
      for (const server of all.toReversed()) await server.stop();
    },
  };
}
