// CPU time of processes, as /proc tells it. Linux only.

import { readdirSync, readFileSync } from "node:fs";

/** Of a process so far by thread name, ms; empty where nobody tells. */
export function cpuOf(pid: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const { name, ms } = statOf(`/proc/${pid}/task/${thread}/stat`);
      times.set(name, (times.get(name) ?? 0) + ms);
    }
  } catch {
    times.clear();
  }
  return times;
}

export const cpuSumOf = (pid: number): number => [...cpuOf(pid).values()].reduce((sum, ms) => sum + ms, 0);

/** Of a process and its children, those that have ended included, ms. */
export function cpuOfFamily(pid: number): number {
  const own = statOf(`/proc/${pid}/stat`);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => {
    try {
      return sum + statOf(`/proc/${child}/stat`).ms;
    } catch {
      // Ended meanwhile: among its parent's the next time.
      return sum;
    }
  }, own.ms + own.endedMs);
}

/** `endedMs`: of children that have ended. */
function statOf(file: string): { readonly name: string; readonly ms: number; readonly endedMs: number } {
  const stat = readFileSync(file, "utf8");
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 15)
    .map(Number);
  const [user, system, endedUser, endedSystem] = fields as [number, number, number, number];
  // Ticks of 10 ms.
  return { name, ms: (user + system) * 10, endedMs: (endedUser + endedSystem) * 10 };
}
