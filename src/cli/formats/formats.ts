// The recording formats by name; each is loaded only when it is asked for.

import type { RecordingFormat } from "../recording.ts";
import type { FileOptions } from "./csv.ts";

/** Formats of files that say themselves what is in them. */
const described = {
  calit2: async (): Promise<RecordingFormat> => (await import("./calit2.ts")).calit2,
  "thermo-presence": async (): Promise<RecordingFormat> => (await import("./thermo-presence.ts")).thermoPresence,
  "room-occupancy-estimation": async (): Promise<RecordingFormat> =>
    (await import("./room-occupancy-estimation.ts")).roomOccupancyEstimation,
  juelich: async (): Promise<RecordingFormat> => (await import("./juelich.ts")).juelich,
  ndjson: async (): Promise<RecordingFormat> => (await import("./ndjson.ts")).ndjson,
} as const;

/** Formats of files whose columns the user may have to name. */
const named = {
  "points-csv": async (options: FileOptions): Promise<RecordingFormat> =>
    (await import("./points-csv.ts")).pointsCsv(options),
  "counts-csv": async (options: FileOptions): Promise<RecordingFormat> =>
    (await import("./counts-csv.ts")).countsCsv(options),
} as const;

export type FormatName = keyof typeof described | keyof typeof named;

export const formatNames = [...Object.keys(described), ...Object.keys(named)] as readonly FormatName[];

/** Whether the user may name columns and a sensor for files of this format. */
export const takesColumns = (name: FormatName): name is keyof typeof named => Object.hasOwn(named, name);

export const loadFormat = async (name: FormatName, options: FileOptions): Promise<RecordingFormat> =>
  takesColumns(name) ? named[name](options) : described[name]();
