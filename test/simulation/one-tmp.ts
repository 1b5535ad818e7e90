import { runSeed } from "/work/wt/simulation/test/simulation/run.ts";
const [a, b, v] = process.argv.slice(2).map(Number);
const t = performance.now();
let n = 0, d = 0, st=0, at=0, sub=0; const faults: Record<string, number> = {};
for (let s = a!; s <= b!; s++) {
  const r = await runSeed(s, { days: 3, verbose: v === 1 });
  n++; d += r.deliveries; st += r.steps; at += r.attempts; sub += r.subscriptions;
  for (const [k, c] of Object.entries(r.faults)) faults[k] = (faults[k] ?? 0) + c;
  if (v === 1) console.log(r.lines.join("\n"));
  if (r.violation) console.log(s, r.violation, v === 2 ? r.lines.join("\n") : "");
}
console.log({ n, d: d / n, sub: sub/n, at: at / n, st: st / n, ms: (performance.now() - t) / n, cpu: (process.cpuUsage().user+process.cpuUsage().system)/1000/n }, faults);
