import { createPresence } from "/work/wt-core/src/sensing/presence/presence.ts";
import { createRecords } from "/work/wt-core/src/sensing/records.ts";
import { compileBuilding } from "/work/wt-core/src/building/compile.ts";
function model(floors: number, perFloor: number) {
  const fl: any[] = [];
  let id = 0;
  for (let f = 0; f < floors; f++) {
    const side = Math.ceil(Math.sqrt(perFloor));
    const rooms: any[] = [], sensors: any[] = [];
    for (let i = 0; i < perFloor; i++) {
      const x = (i % side) * 3.5, y = Math.floor(i / side) * 3.5;
      if (i % 2 === 0) rooms.push({ id: `room_${f}_${i}`, name: "r", coordinates: [[x - 1.75, y - 1.75], [x + 5.25, y - 1.75], [x + 5.25, y + 1.75], [x - 1.75, y + 1.75]] });
      sensors.push({ id: `s_${f}_${i}`, mac_address: (id++).toString(16).padStart(16, "0").replace(/(..)(?!$)/g, "$1-"), mode: "presence", center: [x, y], footprint: [4, 4], room_id: i % 4 < 2 ? `room_${f}_${i - (i % 2)}` : undefined });
    }
    fl.push({ id: `f_${f}`, name: "f", rooms, sensors });
  }
  return compileBuilding({ organization: { id: "o", name: "o" }, sites: [{ id: "s", name: "s", timezone: "UTC", buildings: [{ id: "b", name: "b", butterflymx_id: 1, floors: fl }] }] } as any);
}
for (const [floors, per] of [[100, 10], [1, 1000], [1, 10]] as const) {
  const presence = createPresence(createRecords([]), model(floors, per));
  const n = 600_000, sensors = floors * per;
  const t0 = Date.UTC(2026, 0, 1);
  const obs: any[] = [];
  let r = 1; const rnd = () => (r = (r * 48271) % 2147483647) / 2147483647;
  for (let i = 0; i < 4096; i++) obs.push(Array.from({ length: Math.floor(rnd() * 5) }, () => [rnd(), rnd()]));
  const step = 500 / sensors;
  let facts = 0;
  const time = (from: number, count: number) => {
    const s = process.cpuUsage();
    let nextAdvance = 0;
    for (let i = from; i < from + count; i++) {
      const at = Math.floor(t0 + i * step);
      if (at >= nextAdvance) { facts += presence.advance(at).length; nextAdvance = at + 1000; presence.takeMinutes(); }
      const k = i % sensors;
      const f = presence.fold({ kind: "detections", id: null, at, sensor: `s_${Math.floor(k / per)}_${k % per}`, local: obs[i % 4096] }, at + 50)!;
      facts += f.facts.length;
      if (process.env.DET) f.detections();
    }
    const e = process.cpuUsage(s);
    return (e.user + e.system) / 1e6;
  };
  time(0, 200_000);
  let best = Infinity;
  for (let round = 0; round < 3; round++) best = Math.min(best, time(200_000 + round * n, n));
  (globalThis as any).gc?.(); console.log(Math.round(process.memoryUsage().heapUsed/1e6)+"MB heap", floors, per, Math.round(n / best), "frames/CPU-s", facts, Math.round(process.memoryUsage().rss / 1e6), "MB");
}
