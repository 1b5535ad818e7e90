// An fsync fails, once or from now on. Nobody knows then what is on the disk: what waited for it is refused, the process
// ends and says why, and the next one has everything that was acknowledged.

import { spawn } from "node:child_process";
import type { Fault } from "./fault.ts";
import { atEnd, pause } from "./rig/places.ts";
import { setStage } from "./rig/stage.ts";

const slots = 16;

export const failingDisk: Fault = {
  name: "failing-disk",
  what: "fsync fails under load, once or always",
  rounds: { of: "failures, every other one lasting", normally: 6 },
  needs: ["strace"],
  async run({ rounds }) {
    const stage = await setStage({ environment: { BELFRY_CAP_ALL: String(slots) } });
    const { receiver, load } = stage;
    const faults: string[] = [];
    let said = "";
    receiver.behave(() => ({ status: 200, afterMs: Math.random() * 20 }));
    load.start(8, 20);
    for (let round = 0; round < rounds; round++) {
      await pause(300 + Math.random() * 300);
      await failSyncs(stage.server.process.pid!, round % 2 === 0);
      const how = await Promise.race([stage.server.ended, pause(10_000).then(() => "nothing")]);
      load.to(null);
      said = lastWords(stage.server.errors());
      if (how !== 1) faults.push(`failure ${round + 1} ended in ${how}: ${stage.server.errors()}`);
      if (!said.includes("cannot go on")) faults.push(`failure ${round + 1} ended without a clear word: ${said}`);
      if (how === "nothing") await stage.server.signal("SIGKILL");
      await stage.restart();
    }
    const { figures, faults: found } = await stage.finish({});
    if (receiver.duplicates() > rounds * slots) faults.push(`${receiver.duplicates()} duplicates with ${slots} slots`);
    const strange = [...load.refusals].filter(([status]) => status !== 503);
    for (const [status, count] of strange) faults.push(`${count} answers with ${status} after a failed fsync`);
    return {
      figures: {
        ...figures,
        failures: rounds,
        duplicates_allowed: rounds * slots,
        refused_with_503: load.refusals.get(503) ?? 0,
        last_words: said,
      },
      faults: [...faults, ...found],
    };
  },
};

/** Makes the syncs of a running process fail: the next one, or all. Resolves when that is so. */
async function failSyncs(pid: number, once: boolean): Promise<void> {
  const how = `inject=fsync,fdatasync:error=EIO${once ? ":when=1" : ""}`;
  const strace = spawn(
    "strace",
    ["-f", "-p", String(pid), "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", how],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  atEnd(() => strace.exitCode === null && strace.kill("SIGKILL"));
  await new Promise<void>((resolve, reject) => {
    strace.stderr.setEncoding("utf8").on("data", (text: string) => text.includes("attached") && resolve());
    strace.once("close", (code) => reject(new Error(`strace ended with ${code}`)));
  });
}

/** Message of the last line of a log. */
function lastWords(log: string): string {
  const line = log.trim().split("\n").at(-1) ?? "";
  try {
    return (JSON.parse(line) as { msg?: string }).msg ?? line;
  } catch {
    return line;
  }
}
