// A PostgreSQL that keeps what it says it keeps, for benches: as it is installed, fsync on, beside everything else on the machine.

import { type Postgres, ask, startPostgres } from "../../test/fixtures/postgres.ts";
import { cpuOfFamily } from "./cpu.ts";
import { pause } from "./figures.ts";
import { atEnd } from "./places.ts";

/** What it has done since it was started. */
export interface DatabaseWork {
  /** Transactions that ended well, those that only read included. */
  readonly commits: number;
  /** Transactions that wrote. */
  readonly writes: number;
  readonly walBytes: number;
  /** Of the server and all its processes, ms. */
  readonly cpuMs: number;
}

export interface BenchDatabase {
  readonly url: string;
  /** Another one, empty, on the same server. */
  create(): Promise<string>;
  /** Of one database; CPU and WAL are the server's. */
  work(url?: string): Promise<DatabaseWork>;
  /** Rows of a statement; for figures that are read seldom. */
  ask<Row extends object>(sql: string, url?: string): Promise<readonly Row[]>;
  readonly postgres: Postgres;
}

/** As a small server would have it; everything else is the default of PostgreSQL. */
export const databaseSettings = { shared_buffers: "256MB", max_wal_size: "2GB", max_connections: 200 } as const;

export async function startDatabase(): Promise<BenchDatabase> {
  const postgres = await startPostgres({ durable: true, settings: databaseSettings });
  atEnd(() => postgres.stop());
  const url = await postgres.create();
  return {
    url,
    postgres,
    create: () => postgres.create(),
    ask: (sql, at = url) => ask(at, sql),
    async work(at = url) {
      // A connection tells the statistics what it did a second later.
      await pause(1_200);
      const [row] = await ask<{ commits: string; writes: string; wal: string }>(
        at,
        "select xact_commit::text as commits, pg_snapshot_xmax(pg_current_snapshot())::text as writes," +
          " pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::text as wal from pg_stat_database where datname = current_database()",
      );
      return {
        commits: Number(row!.commits),
        writes: Number(row!.writes),
        walBytes: Number(row!.wal),
        cpuMs: cpuOfFamily(postgres.pid!),
      };
    },
  };
}

/** For each of `count`: commits and writes per 1,000, bytes of WAL, µs of CPU. */
export function workPer(count: number, before: DatabaseWork, after: DatabaseWork) {
  const of = (figure: keyof DatabaseWork): number => (after[figure] - before[figure]) / count;
  return {
    commits: of("commits") * 1000,
    writes: of("writes") * 1000,
    walBytes: of("walBytes"),
    cpuUs: of("cpuMs") * 1000,
  };
}
