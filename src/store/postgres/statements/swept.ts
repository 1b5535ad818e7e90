// Which partitions have lost what was past the shorter of several retentions, so that none is gone through twice for the same time.
// It is kept in meta `swept`, and counts for nothing once somebody keeps something for another time than then.

import type { Session } from "../database.ts";

export interface Swept {
  /** The longest time for which this partition was gone through, ms; 0: none. */
  of(partition: string): number;
  note(session: Session, partition: string, ms: number): Promise<void>;
}

interface Stored {
  readonly times: string;
  readonly partitions: Readonly<Record<string, number>>;
}

/** `times`: says who keeps what for how long. */
export async function readSwept(session: Session, times: string): Promise<Swept> {
  const found = await session.row<{ value: string }>("select value from meta where name = 'swept'");
  const stored = found === undefined ? null : (JSON.parse(found.value) as Stored);
  const partitions = new Map(stored?.times === times ? Object.entries(stored.partitions) : []);
  return {
    of: (partition) => partitions.get(partition) ?? 0,
    async note(through, partition, ms) {
      partitions.set(partition, ms);
      const names = await through.rows<{ name: string }>(
        "select relname as name from pg_class where relname = any($1)",
        [[...partitions.keys()]],
      );
      const there = new Set(names.map(({ name }) => name));
      for (const name of partitions.keys()) if (!there.has(name)) partitions.delete(name);
      await through.run(
        "insert into meta values ('swept', $1) on conflict (name) do update set value = excluded.value",
        [JSON.stringify({ times, partitions: Object.fromEntries(partitions) } satisfies Stored)],
      );
    },
  };
}
