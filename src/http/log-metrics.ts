// Lines of the log, counted for Prometheus: an alert can be written on whatever the log says at `warn` or `error`. Counts
// whatever level is written, and passes every line on.

import { type Log, loudLines } from "../log.ts";
import type { Metrics } from "./metrics.ts";

/** The same log, whose lines at `warn` and `error` are counted by name. All of them are 0 before the first. */
export function countLines(log: Log, metrics: Metrics): Log {
  const counts = metrics.counts("belfry_log_lines_total", "Lines of the log at warn and error.", loudLines);
  const at = new Map<string, number>(loudLines.map(({ event }, index) => [event, index]));
  return {
    debugging: log.debugging,
    debug: (...line) => log.debug(...line),
    info: (...line) => log.info(...line),
    warn(...line) {
      counts[at.get(line[0])!]!++;
      log.warn(...line);
    },
    error(...line) {
      counts[at.get(line[0])!]!++;
      log.error(...line);
    },
  };
}
