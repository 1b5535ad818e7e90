// The power goes while the server works. It cannot be cut here, so the calls of a real server are recorded, with the
// moments in which it acknowledged something, and its files rebuilt as a cut at any moment would have left them.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSeededRandom, type SeededRandom } from "../../src/simulator/random.ts";
import type { Fault } from "./fault.ts";
import { check, indexOf, lay } from "./power-cut/cut.ts";
import { createDisk, type Image } from "./power-cut/disk.ts";
import { tracedInto } from "./power-cut/strace.ts";
import { createTrace, type Trace } from "./power-cut/trace.ts";
import { atEnd, makePlace, pause } from "./rig/places.ts";
import { type Stage, setStage } from "./rig/stage.ts";

export const powerCut: Fault = {
  name: "power-cut",
  what: "the power goes at any moment, and with it whatever was not synced",
  rounds: { of: "moments, each with two images", normally: 220 },
  needs: ["strace"],
  async run({ rounds, seed, say }) {
    const { stage, trace, lives } = await record();
    const { operations, acknowledgements } = trace;
    say(`${operations.length} operations with ${acknowledgements.length} acknowledgements recorded`);
    const random = createSeededRandom(`power-cut ${seed}`);
    const moments = momentsOf(trace, rounds, random);
    const disk = createDisk();
    const faults: string[] = [];
    const refusals: string[] = [];
    const [directory, shaken] = [join(workplace(), "image"), join(workplace(), "index")];
    let lastIndex: Buffer | null = null;
    let [images, acknowledgedLeast, acknowledgedMost, unsynced] = [0, Infinity, 0, 0];

    async function open(image: Image, index: Buffer | null, acknowledged: ReadonlySet<number>, when: string) {
      lay(image, directory);
      if (index !== null) writeFileSync(join(directory, "belfry.sqlite-shm"), index, { mode: 0o600 });
      const found = await check(directory, acknowledged, stage.subscriptions);
      images++;
      unsynced += Math.max(found.events - acknowledged.size, 0);
      faults.push(...found.faults.map((fault) => `${when}: ${fault}`));
      if (found.refusal !== null) {
        refusals.push(`${when}: ${found.refusal}`);
        if (acknowledged.size > 0)
          faults.push(`${when}: refused with ${acknowledged.size} acknowledged: ${found.refusal}`);
      }
    }

    // The same without a single sync of the log: if that looked well, this fault would prove nothing.
    const careless = createDisk();
    let at = 0;
    const acknowledged = new Set<number>();
    let told = 0;
    for (const moment of moments) {
      for (; at < moment; at++) {
        const operation = operations[at]!;
        disk.apply(operation, at);
        if (operation.kind !== "sync" || !operation.file.endsWith("-wal")) careless.apply(operation, at);
      }
      for (; told < acknowledgements.length && acknowledgements[told]!.after <= moment; told++) {
        const event = stage.load.requests.get(acknowledgements[told]!.request);
        // The client was told nothing of it when it never read the answer.
        if (event !== undefined) acknowledged.add(event);
      }
      if (acknowledged.size > 0) acknowledgedLeast = Math.min(acknowledgedLeast, acknowledged.size);
      acknowledgedMost = Math.max(acknowledgedMost, acknowledged.size);
      const synced = disk.cut(null);
      lay(synced, shaken);
      const index = indexOf(shaken);
      const zeros = index === null ? null : Buffer.alloc(index.length);
      const [before, now] = [random.pick([null, zeros, lastIndex]), random.pick([null, index, lastIndex])];
      lastIndex = index;
      await open(synced, before, acknowledged, `moment ${moment}, only what was synced`);
      await open(disk.cut(random), now, acknowledged, `moment ${moment}, with unsynced sectors`);
      if (images % 100 < 2) say(`${images} images opened`);
    }
    lay(careless.cut(null), directory);
    const wrong = await check(directory, acknowledged, stage.subscriptions);
    if (wrong.faults.length === 0 && wrong.refusal === null) faults.push("a log that is never synced was not noticed");
    return {
      figures: {
        processes: lives,
        operations: operations.length,
        acknowledgements: acknowledgements.length,
        moments: moments.length,
        images,
        acknowledged_at_first: acknowledgedLeast === Infinity ? 0 : acknowledgedLeast,
        acknowledged_at_last: acknowledgedMost,
        unacknowledged_found: unsynced,
        refused_before_any_acknowledgement: refusals.length,
        broken_images: faults.length,
        without_syncs_of_the_log: wrong.refusal ?? wrong.faults[0] ?? "nothing was noticed",
      },
      faults: faults.slice(0, 20),
    };
  },
};

/** Lets a server work under strace: three lives, of which the first ends in order, the second by a kill, and the third
 * works for so long that the log is copied and begun anew. */
async function record(): Promise<{ readonly stage: Stage; readonly trace: Trace; readonly lives: number }> {
  const place = makePlace();
  const files = [1, 2, 3].map((life) => join(place, `calls-${life}`));
  const stage = await setStage({ data: join(place, "data"), under: tracedInto(files[0]!) });
  stage.receiver.behave(() => ({ status: 200, afterMs: Math.random() * 20 }));
  stage.load.start(8, 30);
  await pause(2_000);
  await stage.server.signal("SIGTERM");
  await stage.restart({ under: tracedInto(files[1]!) });
  await pause(2_000);
  stage.load.to(null);
  await stage.server.signal("SIGKILL");
  await stage.restart({ under: tracedInto(files[2]!) });
  await pause(7_000);
  await stage.load.stop();
  await stage.server.signal("SIGTERM");
  // strace ends after the process it watches.
  await pause(500);
  const trace = createTrace(stage.data);
  for (const file of files) {
    trace.read(readFileSync(file));
    rmSync(file);
  }
  return { stage, trace, lives: files.length };
}

/** Half of them anywhere, the others just before or after something was synced, where mistakes would show. */
function momentsOf({ operations }: Trace, count: number, random: SeededRandom): readonly number[] {
  const syncs = operations.flatMap(({ kind }, index) => (kind === "sync" ? [index] : []));
  const moments = new Set<number>();
  while (moments.size < Math.min(count, operations.length)) {
    moments.add(moments.size % 2 === 0 ? random.whole(1, operations.length) : random.pick(syncs) + random.whole(0, 1));
  }
  return [...moments].toSorted((a, b) => a - b);
}

/** In memory where that can be: images are many, and need no disk. */
function workplace(): string {
  const made = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "belfry-faults-"));
  atEnd(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
