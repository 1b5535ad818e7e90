// One line on standard error that says how far a long job is: redrawn in place on a terminal, a plain line now and then
// elsewhere.

import type { Clock } from "../clock.ts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** `share` of the work done, 0 to 1; `count` of units done. Cheap: draws only now and then. */
  update(share: number, count: number): void;
  /** A line that must stay, above the progress line. */
  say(line: string): void;
  /** Takes the progress line away. */
  end(): void;
}

const redrawMs = 200;
const plainMs = 5000;

/** `unit`: what is counted. */
export function createProgress(terminal: Terminal, clock: Clock, label: string, unit = "sent"): Progress {
  const start = clock.monotonic();
  const spacing = terminal.notesRedraw ? redrawMs : plainMs;
  let drawn = start;
  let onScreen = false;
  const clear = (): void => {
    if (onScreen) terminal.note("\r\x1b[2K");
    onScreen = false;
  };
  return {
    update(share, count) {
      const now = clock.monotonic();
      if (now - drawn < spacing) return;
      drawn = now;
      const line = progressLine(label, share, `${count} ${unit}`, count, (now - start) / 1000);
      if (terminal.notesRedraw) {
        terminal.note(`\r\x1b[2K${line}`);
        onScreen = true;
      } else terminal.note(`${line}\n`);
    },
    say(line) {
      clear();
      terminal.note(`${line}\n`);
    },
    end: clear,
  };
}

function progressLine(label: string, share: number, counted: string, count: number, seconds: number): string {
  const rate = seconds > 0 ? count / seconds : 0;
  const left = share > 0 ? (seconds / share) * (1 - share) : Number.NaN;
  return `${label}: ${Math.floor(share * 100)} %, ${counted}, ${rate.toFixed(rate < 10 ? 1 : 0)}/s, ${duration(left)} left`;
}

/** `4 s`, `3 min 20 s`, `2 h 5 min`. */
function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown time";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
