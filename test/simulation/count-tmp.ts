import { runSeed } from "./run.ts";
const counts: Record<string, number> = {};
let worst: [number, number][] = [];
for (let s = 1; s <= 100; s++) {
  const r = await runSeed(s, { days: 3, verbose: true });
  let takes = 0;
  for (const l of r.lines) { const m = / commit p\d+ (\w+)/.exec(l); if (m) counts[m[1]!] = (counts[m[1]!] ?? 0) + 1; if (m?.[1] === "take") takes++; const k = / (send|told|request|fault|owner|error|warn)/.exec(l); if (k) counts[k[1]!] = (counts[k[1]!] ?? 0) + 1; }
  worst.push([takes, s]);
}
console.log(counts, worst.sort((a, b) => b[0] - a[0]).slice(0, 10));
