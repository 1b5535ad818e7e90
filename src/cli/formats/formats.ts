// The recording formats by name; each is loaded only when it is asked for.

import type { RecordingFormat } from "../recording.ts";

export const formats = {
  calit2: async (): Promise<RecordingFormat> => (await import("./calit2.ts")).calit2,
  "thermo-presence": async (): Promise<RecordingFormat> => (await import("./thermo-presence.ts")).thermoPresence,
  "room-occupancy-estimation": async (): Promise<RecordingFormat> =>
    (await import("./room-occupancy-estimation.ts")).roomOccupancyEstimation,
  juelich: async (): Promise<RecordingFormat> => (await import("./juelich.ts")).juelich,
  ndjson: async (): Promise<RecordingFormat> => (await import("./ndjson.ts")).ndjson,
} as const;

export type FormatName = keyof typeof formats;
