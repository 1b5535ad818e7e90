// A moment: how long ago or ahead, and the whole of it in local time and UTC on hover.

import { zone as usualZone } from "../building/model.ts";
import { now } from "../live/now.ts";
import { clockSeconds, dateTime, relative } from "../../../src/words/time.ts";

interface MomentProps {
  /** ISO 8601 */
  readonly at: string;
  readonly zone?: string;
  /** `clock`: the time of day to the second, as in lists; beyond a day with its date. */
  readonly as?: "relative" | "clock";
}

const day = 86_400_000;

export function Moment({ at, zone = usualZone.value, as = "relative" }: MomentProps) {
  const time = Date.parse(at);
  const isClock = as === "clock" && Math.abs(now.value - time) < day;
  return (
    <time dateTime={at} title={`${dateTime(time, zone)}\n${at.replace("T", " ").replace("Z", " UTC")}`}>
      {isClock ? clockSeconds(time, zone) : as === "clock" ? dateTime(time, zone) : relative(time, now.value, zone)}
    </time>
  );
}
