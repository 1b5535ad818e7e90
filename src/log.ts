// The program's own log: JSON lines on stderr, each with a name of log-events.ts, ids and one sentence. Never a secret, a
// payload or the query of a URL; one line per attempt only at `debug`.

import { pino } from "pino";
import { logEvents, type LogEventAt } from "./log-events.ts";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** What a line says beside its sentence, ids above all; its name is not among them. */
export type Facts = { readonly [fact: string]: unknown; readonly event?: never };

/** What the rest of the program needs of a logger. A name has one level, so the wrong method for it does not compile. */
export interface Log {
  /** Whether debug lines are written: asked before anything is made for one. */
  readonly debugging: boolean;
  debug(event: LogEventAt<"debug">, facts: Facts, sentence: string): void;
  info(event: LogEventAt<"info">, facts: Facts, sentence: string): void;
  warn(event: LogEventAt<"warn">, facts: Facts, sentence: string): void;
  error(event: LogEventAt<"error">, facts: Facts, sentence: string): void;
}

/** Names of the lines that somebody should see. */
export const loudLines = Object.entries(logEvents).flatMap(([event, [level]]) =>
  level === "warn" || level === "error" ? [{ event, level }] : [],
);

export function createLog(level: LogLevel): Log {
  const lines = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    debugging: lines.isLevelEnabled("debug"),
    debug: (event, facts, sentence) => lines.debug({ event, ...facts }, sentence),
    info: (event, facts, sentence) => lines.info({ event, ...facts }, sentence),
    warn: (event, facts, sentence) => lines.warn({ event, ...facts }, sentence),
    error: (event, facts, sentence) => lines.error({ event, ...facts }, sentence),
  };
}

const nothing = (): void => {};

export const silentLog: Log = { debugging: false, debug: nothing, info: nothing, warn: nothing, error: nothing };
