// Sensors whose observations are rejected for their time: their health must show it, though nothing of them reaches the log.
// A sensor that sends wrong times ten times a second is noted once a minute.

import type { LogProcessor } from "./log-processor.ts";

/** `ahead` of the server, or `wrong`: before 2000. `now`: epoch ms. */
export type NoteWrongClock = (organization: string, sensor: string, fault: "ahead" | "wrong", now: number) => void;

/** Health trusts a clock again some minutes after the last note. */
const notedEveryMs = 60_000;
/** Sensors remembered; more are simply noted again. */
const mostRemembered = 10_000;

/** `elsewhere`: tells the owner, where it is another process; null: it is this one. */
export function createWrongClocks(
  { act }: Pick<LogProcessor, "act">,
  elsewhere: (organization: string, sensor: string, fault: "ahead" | "wrong") => Promise<void> | null = () => null,
): NoteWrongClock {
  const noted = new Map<string, number>();
  return (organization, sensor, fault, now) => {
    const key = JSON.stringify([organization, sensor, fault]);
    const last = noted.get(key);
    if (last !== undefined && now >= last && now < last + notedEveryMs) return;
    if (noted.size >= mostRemembered) noted.clear();
    noted.set(key, now);
    const told = elsewhere(organization, sensor, fault);
    const noting = told ?? act(organization, (sensing, at, say) => say(sensing.rejected(sensor, fault, at)));
    noting.catch(() => {
      // The server stops. The sensor will send a wrong time again.
      noted.delete(key);
    });
  };
}
