// The wall clock jumps by a day, ahead and back, while the server works and while it is off: nothing floods, and nothing
// waits for longer than its own schedule and a minute.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.ts";
import { most } from "./rig/figures.ts";
import { makePlace, pause } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";
import { faketimeLibrary } from "./rig/tools.ts";

const day = 86_400;
/** As set by default, per subscription. */
const cap = 4;
/** The first retry is due after 5 s, and a fifth more at most; what a jump makes due is spread over a minute. */
const retryMs = 6_000;
const graceMs = 60_000;

const jumps = [
  { to: day, off: false },
  { to: 0, off: false },
  { to: -day, off: false },
  { to: day, off: true },
  { to: -day, off: true },
] as const;

export const clockJump: Fault = {
  name: "clock-jump",
  what: "the wall clock jumps by a day or two, ahead and back",
  rounds: null,
  needs: ["libfaketime"],
  async run({ say }) {
    const offset = join(makePlace(), "offset");
    const jump = (seconds: number) => writeFileSync(offset, `${seconds < 0 ? "" : "+"}${seconds}\n`);
    jump(0);
    const stage = await setStage({
      environment: {
        LD_PRELOAD: faketimeLibrary()!,
        FAKETIME_TIMESTAMP_FILE: offset,
        FAKETIME_CACHE_DURATION: "1",
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        DONT_FAKE_MONOTONIC: "1",
      },
    });
    const { receiver, load } = stage;
    const faults: string[] = [];
    const failedAt = new Map<string, number>();
    const [late, early, waits, peaks]: [number[], number[], number[], number[]] = [[], [], [], []];
    // One in ten fails at first; it must come again, not at once and not too late.
    receiver.behave(({ subscription, event, times }) => {
      const name = `${subscription}/${event}`;
      const failed = failedAt.get(name);
      if (times === 1) waits.push(Date.now() - load.sentAt.get(event)!);
      else if (failed !== undefined) {
        late.push(Date.now() - failed - retryMs);
        early.push(Date.now() - failed);
      }
      if (times > 1 || event % 10 !== 0) return { status: 200, afterMs: Math.random() * 10 };
      failedAt.set(name, Date.now());
      return { status: 500, afterMs: 0 };
    });
    load.start(6, 40);
    for (const { to, off } of jumps) {
      await pause(4_000);
      peaks.push(receiver.peak().subscription);
      if (off) {
        await stage.server.signal("SIGTERM");
        load.to(null);
      }
      jump(to);
      if (off) await stage.restart();
      say(`the clock stands at ${to / day} days${off ? ", changed while the server was off" : ""}`);
    }
    await pause(4_000);
    const { figures, faults: found } = await stage.finish({});
    peaks.push(receiver.peak().subscription);
    if (most(peaks) > cap) faults.push(`${most(peaks)} requests at once at a subscription with ${cap} slots`);
    const slow: string[] = [];
    if (most(late) > graceMs) slow.push(`a retry came ${most(late)} ms later than its schedule allows`);
    if (most(waits) > graceMs) slow.push(`a first attempt came ${most(waits)} ms after the event was sent`);
    if (receiver.duplicates() !== failedAt.size) {
      faults.push(`${receiver.duplicates()} requests beyond the first for ${failedAt.size} that failed once`);
    }
    return {
      figures: {
        ...figures,
        failed_once: failedAt.size,
        jumps: jumps.length,
        first_attempt_after_ms_worst: most(waits),
        retry_late_by_ms_worst: most(late),
        retry_after_ms_least: early.length === 0 ? 0 : Math.min(...early),
        most_at_once_at_one: most(peaks),
      },
      faults: [...faults, ...found],
      late: slow,
    };
  },
};
