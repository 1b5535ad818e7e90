import { runSeed } from "./run.ts";
let c = process.cpuUsage(); console.log("start", (c.user + c.system) / 1000);
for (let s = 1; s <= 500; s++) {
  await runSeed(s, { days: 3 });
  if (s % 50 === 0) { const n = process.cpuUsage(c); console.log(s, ((n.user + n.system) / 1000 / 50).toFixed(1), n.system/1000/50 | 0); c = process.cpuUsage(); }
}
