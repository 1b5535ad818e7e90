// The program's own log: JSON lines on stderr. Never a secret, never a payload, never one line per delivery.

import { pino } from "pino";

export type LogLevel = "silent" | "error" | "warn" | "info" | "debug";

/** What the rest of the program needs of a logger. */
export interface Log {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}

export function createLog(level: LogLevel): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}

export const silentLog: Log = { info() {}, warn() {}, error() {} };
