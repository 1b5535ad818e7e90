// Moments and spans as words. Relative ones turn absolute after a day, and absolute ones carry their zone.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `4 min 10 s`; two units at most. Negative spans count as none. */
export function span(ms: number): string {
  const whole = Math.max(0, Math.round(ms / second)) * second;
  if (ms > 0 && ms < second) return `${Math.round(ms)} ms`;
  if (whole < minute) return `${whole / second} s`;
  if (whole < hour) return two(whole, minute, "min", second, "s");
  return whole < day ? two(whole, hour, "h", minute, "min") : two(whole, day, "d", hour, "h");
}

function two(ms: number, large: number, largeName: string, small: number, smallName: string): string {
  const count = Math.floor(ms / large);
  const rest = Math.floor((ms - count * large) / small);
  return rest === 0 ? `${count} ${largeName}` : `${count} ${largeName} ${rest} ${smallName}`;
}

/** What is left until a moment: in whole seconds, since it is counted down. */
export const left = (ms: number): string => span(Math.max(ms, second));

/** How long something took, ms. */
export const took = (ms: number): string => (ms < 1 ? "under 1 ms" : span(ms));

/** `8 s`, `4 min`, `3 h`: one unit, for ages. */
export function roughly(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  return ms < day ? `${Math.floor(ms / hour)} h` : `${Math.floor(ms / day)} d`;
}

/** `8 s ago`, `in 50 s`; beyond a day the moment itself. */
export function relative(at: number, now: number, zone: string): string {
  const age = now - at;
  if (Math.abs(age) >= day) return dateTime(at, zone);
  if (age >= 0) return age < second ? "now" : `${roughly(age)} ago`;
  return `in ${roughly(-age)}`;
}

/** `10:42` */
export const clock = (at: number, zone: string): string => format(at, zone, { hour: "2-digit", minute: "2-digit" });

/** `10:42:07` */
export const clockSeconds = (at: number, zone: string): string =>
  format(at, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** `Tue 17 Jun, 10:42 GMT+2` */
export const dateTime = (at: number, zone: string): string =>
  format(at, zone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  });

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: number, zone: string, options: Intl.DateTimeFormatOptions): string {
  const name = zone + JSON.stringify(options);
  let made = formats.get(name);
  if (made === undefined) {
    made = new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", timeZone: zone, ...options });
    formats.set(name, made);
  }
  return made.format(at);
}

/** Minutes that the zone is ahead of UTC at a moment. */
export function offsetMinutes(at: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(at);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /^GMT([+-])(\d{2}):(\d{2})$/.exec(name) ?? [];
  return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
