// While the database is away every part of a node finds that out by itself, for each of its slices, again and again. The log says so
// once a minute for each name of a line, with how often it was not said in between. Nothing else is left out.

import type { Clock } from "../clock.ts";
import { BelfryError } from "../errors.ts";
import type { Facts, Log } from "../log.ts";

const everyMs = 60_000;

interface Said {
  readonly at: number;
  unsaid: number;
}

/** The same log, with fewer lines whose `err` is UNAVAILABLE. */
export function briefWhileAway(log: Log, clock: Pick<Clock, "monotonic">): Log {
  const all = new Map<string, Said>();

  /** null: it was said a moment ago. */
  function brief(event: string, facts: Facts): Facts | null {
    const { err } = facts as { readonly err?: unknown };
    if (!(err instanceof BelfryError) || err.code !== "UNAVAILABLE") return facts;
    const at = clock.monotonic();
    const said = all.get(event);
    if (said !== undefined && at - said.at < everyMs) {
      said.unsaid++;
      return null;
    }
    all.set(event, { at, unsaid: 0 });
    return said === undefined || said.unsaid === 0 ? facts : { ...facts, unsaid: said.unsaid };
  }

  return {
    debugging: log.debugging,
    debug: (...line) => log.debug(...line),
    info: (...line) => log.info(...line),
    warn(event, facts, sentence) {
      const said = brief(event, facts);
      if (said !== null) log.warn(event, said, sentence);
    },
    error(event, facts, sentence) {
      const said = brief(event, facts);
      if (said !== null) log.error(event, said, sentence);
    },
  };
}
