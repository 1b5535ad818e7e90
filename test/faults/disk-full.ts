// The disk is full: first the log has no room, then the main file, then a start meets it. Acceptance is refused and says
// when to come again, reads go on, nothing is sent whose outcome could not be written, and all goes on by itself when
// there is room.

import { execFileSync } from "node:child_process";
import { rmSync, statfsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "./fault.ts";
import { atEnd, makePlace, pause, until } from "./rig/places.ts";
import { ask, serve, StartFailed } from "./rig/server.ts";
import { type Stage, setStage } from "./rig/stage.ts";

const megabytes = 160;
/** The log is copied when it has grown by so much. */
const copiedBytes = 8_000 * 4_096;

export const diskFull: Fault = {
  name: "disk-full",
  what: "no room on the disk: for the log, for the main file, at a start",
  rounds: null,
  needs: ["tmpfs"],
  async run({ say }) {
    const disk = mountSmall();
    const stage = await setStage({ data: join(disk, "data"), extraBytes: 12_000 });
    const { load, receiver } = stage;
    const faults: string[] = [];
    const main = join(stage.data, "belfry.sqlite");
    const size = (name: string) => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 10 }));
    load.start(8, 30);

    await pause(1_000);
    fill(disk, 200_000);
    faults.push(...(await whileFull(stage, "the log")));
    const log = { full_log_bytes: size(`${main}-wal`), full_log_main_bytes: size(main) };
    empty(disk);
    const back = await goesOn(stage);
    say(`no room for the log: refused, and again at work after ${back} ms`);

    // Now a log that has room in itself and is copied into a main file that has none.
    await until("the log is copied", 90_000, () => size(main) > copiedBytes / 2);
    fill(disk, 0);
    const grown = size(main);
    faults.push(...(await whileFull(stage, "the main file")));
    if (size(main) !== grown) faults.push("the main file has grown although there was no room: the fault was not made");
    const full = { full_main_log_bytes: size(`${main}-wal`), full_main_bytes: size(main) };
    empty(disk);
    const backAgain = await goesOn(stage);
    say(`no room for the main file: refused, and again at work after ${backAgain} ms`);

    if (receiver.duplicates() > 0) faults.push(`${receiver.duplicates()} outcomes were lost`);
    for (const [status, count] of load.refusals) {
      if (status !== 503 && status !== 507) faults.push(`${count} answers with ${status} on a full disk`);
    }
    if (load.impolite() > 0) faults.push(`${load.impolite()} refusals do not say when to come again`);

    fill(disk, 0);
    load.to(null);
    await stage.server.signal("SIGKILL");
    const start = await startOnFull(stage.data);
    faults.push(...start.faults);
    empty(disk);
    await stage.restart();
    const { figures, faults: found } = await stage.finish({});
    return {
      figures: {
        ...figures,
        refused_with_503: load.refusals.get(503) ?? 0,
        ...log,
        at_work_again_ms: back,
        ...full,
        at_work_again_ms_then: backAgain,
        start_on_full_disk: start.said,
      },
      faults: [...faults, ...found],
    };
  },
};

/** A file system of its own, in memory. */
function mountSmall(): string {
  const place = makePlace();
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "belfry-faults", place]);
  atEnd(() => execFileSync("umount", ["-l", place]));
  return place;
}

const ballast = (disk: string): string => join(disk, "ballast");

/** Takes all room but so many bytes, or what the server leaves of it meanwhile. */
function fill(disk: string, leave: number): void {
  const { bavail, bsize } = statfsSync(disk);
  try {
    writeFileSync(ballast(disk), Buffer.alloc(Math.max(bavail * bsize - leave, 0)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

const empty = (disk: string): void => rmSync(ballast(disk));

/** Waits until acceptance is refused and looks at what must go on meanwhile. */
async function whileFull({ load, receiver, server }: Stage, what: string): Promise<readonly string[]> {
  const refused = () => (load.refusals.get(503) ?? 0) + (load.refusals.get(507) ?? 0);
  const before = refused();
  await until(`a refusal for want of room for ${what}`, 60_000, () => refused() > before + 5);
  await pause(2_000);
  const came = receiver.requests();
  const faults: string[] = [];
  const answer = await fetch(`${server.url}/healthz`);
  if (answer.status !== 200) faults.push(`/healthz answers ${answer.status} without room for ${what}`);
  for (const path of ["/v1/events?limit=5", "/v1/deliveries?limit=5", "/v1/subscriptions"]) {
    await ask(server, path).catch((error: unknown) => faults.push(`without room for ${what}: ${String(error)}`));
  }
  await pause(2_000);
  // One that was just being tried may end.
  const sent = receiver.requests() - came;
  if (sent > 16) faults.push(`${sent} requests were sent whose outcome could not be written, without room for ${what}`);
  return faults;
}

/** Resolves with how long it took until events were accepted and delivered again, ms. */
async function goesOn({ load, receiver }: Stage): Promise<number> {
  const begun = performance.now();
  const [accepted, came] = [load.acknowledged.size, receiver.requests()];
  await until("acceptance when there is room", 20_000, () => load.acknowledged.size > accepted + 20);
  await until("deliveries when there is room", 20_000, () => receiver.requests() > came + 20);
  return Math.round(performance.now() - begun);
}

/** It may start, or say what it needs. */
async function startOnFull(data: string): Promise<{ readonly said: string; readonly faults: readonly string[] }> {
  try {
    const server = await serve({ data });
    await server.signal("SIGKILL");
    return { said: "it starts", faults: [] };
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    const said = error.message.split("\n").slice(1).join(" ").trim();
    const clear = error.how === 1 && /room|space/.test(said) && !/\n\s+at /.test(error.message);
    return {
      said: said.slice(0, 300),
      faults: clear ? [] : [`a start on a full disk ended with ${error.how}: ${said}`],
    };
  }
}
