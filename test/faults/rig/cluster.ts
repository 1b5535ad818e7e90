// Several `belfry serve` over one PostgreSQL that keeps what it is told: some take requests, some deliver. Each can be killed,
// stopped and started again by itself.

import { randomBytes } from "node:crypto";
import { ask, type Postgres, startPostgres } from "../../fixtures/postgres.ts";
import { atEnd, makePlace } from "./places.ts";
import { type Server, serve } from "./server.ts";

export type Role = "api" | "delivery";

export interface Node {
  readonly name: string;
  readonly role: Role;
  /** null: it does not run. */
  server: Server | null;
}

export interface Cluster {
  readonly postgres: Postgres;
  readonly database: string;
  readonly nodes: readonly Node[];
  /** Those that take requests and run. */
  ways(): readonly Server[];
  start(node: Node): Promise<void>;
  /** kill -9. */
  kill(node: Node): Promise<void>;
  rows<Row extends object>(sql: string): Promise<readonly Row[]>;
  /** In order. Returns how each ended that did not end with 0. */
  stop(): Promise<readonly string[]>;
}

/** How many of each. */
export type ClusterPlan = Readonly<Record<Role, number>> & { readonly environment: Readonly<Record<string, string>> };

export async function startCluster({ environment, ...counts }: ClusterPlan): Promise<Cluster> {
  const postgres = await startPostgres({ durable: true });
  atEnd(() => postgres.stop());
  const database = await postgres.create();
  const masterKey = randomBytes(32).toString("base64");
  const nodes: Node[] = (["api", "delivery"] as const).flatMap((role) =>
    Array.from({ length: counts[role] }, (_, number) => ({ name: `${role} ${number + 1}`, role, server: null })),
  );
  const places = new Map(nodes.map((node) => [node, makePlace()]));
  let key: string | undefined;
  const cluster: Cluster = {
    postgres,
    database,
    nodes,
    ways: () => nodes.flatMap(({ role, server }) => (role === "api" && server !== null ? [server] : [])),
    async start(node) {
      node.server = await serve({
        data: places.get(node)!,
        environment: {
          BELFRY_DATABASE_URL: database,
          BELFRY_ROLE: node.role,
          BELFRY_MASTER_KEY: masterKey,
          ...environment,
        },
        ...(key === undefined ? {} : { key }),
      });
      key ??= node.server.key;
    },
    async kill(node) {
      const { server } = node;
      node.server = null;
      await server?.signal("SIGKILL");
    },
    rows: (sql) => ask(database, sql),
    async stop() {
      const ends = nodes.map(async ({ name, server }) => {
        const how = await server?.signal("SIGTERM");
        return how === undefined || how === 0 ? [] : [`${name} ended with ${how}: ${server!.errors().slice(-2_000)}`];
      });
      return (await Promise.all(ends)).flat();
    },
  };
  for (const node of nodes) await cluster.start(node);
  return cluster;
}
