// Records as they come back after a restart: from the texts that were written, and from nothing else.

import { createRecords, type SensingRecords } from "../../src/sensing/records.ts";

export interface KeptRecords {
  readonly records: SensingRecords;
  /** Writes what changed and reads everything back, as a new process does. */
  readonly restart: () => KeptRecords;
  /** Names and ids of what is remembered. */
  readonly keys: () => string[];
}

export function keptRecords(stored: ReadonlyMap<string, string> = new Map()): KeptRecords {
  const records = createRecords(stored);
  const texts = new Map(stored);
  const write = (): void => {
    for (const { key, value } of records.changes()) {
      if (value === null) texts.delete(key);
      else texts.set(key, value);
    }
  };
  return {
    records,
    restart() {
      write();
      return keptRecords(texts);
    },
    keys() {
      write();
      return [...texts.keys()].toSorted();
    },
  };
}
