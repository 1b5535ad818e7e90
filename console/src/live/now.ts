// The time as the server has it, so that ages are right on a machine whose clock is not. It ticks once a second, and stands
// still while nobody looks.

import { signal } from "@preact/signals";

let skew = 0;

/** Epoch ms, to the second. */
export const now = signal(Date.now());

/** The same to the millisecond. */
export const serverNow = (): number => Date.now() + skew;

const tick = (): void => {
  if (document.visibilityState === "visible") now.value = serverNow();
};
setInterval(tick, 1_000);
document.addEventListener("visibilitychange", tick);

/** `date`: the header of an answer. It has whole seconds only, so small differences are none. */
export function setServerTime(date: string | null): void {
  const server = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(server)) return;
  const difference = server + 500 - Date.now();
  skew = Math.abs(difference) < 3_000 ? 0 : difference;
}
